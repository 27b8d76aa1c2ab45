"""Whether anybody is told: subscriptions, a test alert, the alarms, and what could not be delivered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from finetune_guard.core.alerts import Alert, AlertKind, alert_id
from finetune_guard.core.doctoring.checks import Check, Question
from finetune_guard.core.doctoring.deployment import MADE_AGAIN
from finetune_guard.core.doctoring.facts import AlarmFacts, Caller, Subscription
from finetune_guard.core.findings import Severity
from finetune_guard.core.names import digest

ALERT_READERS: Final = Question("alert readers", "somebody who has confirmed the topic about runs")
OPS_READERS: Final = Question("ops readers", "somebody who has confirmed the topic about the guard itself")
TEST_ALERT: Final = Question("test alert", "published by the watch within two and a half minutes")
ALARMS: Final = Question("alarms", "each one OK, and telling the ops topic")
LETTERS: Final = Question("dead letters", "none")

#: Whose record the test alert is, in place of a run; no run's id is so short.
TESTED: Final = "doctor"
#: Seconds that the watch has to publish it: two of its intervals, and some for the tick itself.
PATIENCE: Final = 150.0
SUBJECT: Final = "Finetune Guard: test alert"


def trial_alert(caller: Caller, now: datetime) -> Alert:
    """An alert that says only that it came; the same for the same person and moment.

    Args:
        caller: Who asks for it.
        now: UTC.
    """
    word = digest(caller.arn, now.isoformat())[:8]
    return Alert(
        alert_id=alert_id(TESTED, "", AlertKind.TEST, word),
        kind=AlertKind.TEST,
        severity=Severity.INFO,
        run_id=TESTED,
        job="",
        subject=f"{SUBJECT} {word}",
        text=(
            "This is a test: mails of Finetune Guard reach you. Nothing is wrong, nothing is to be done.\n"
            f"It was asked for by `finetune-guard doctor`, {now:%Y-%m-%d %H:%M:%S} UTC. Its word is {word}.\n"
        ),
        created_at=now,
    )


def judge_readers(question: Question, found: Sequence[Subscription], topic_arn: str) -> Check:
    """Whether anybody gets what a topic publishes.

    Args:
        question: Which topic.
        found: Its subscriptions.
        topic_arn: The topic.
    """
    waiting = [each for each in found if not each.confirmed]
    heard = len(found) - len(waiting)
    if not found:
        how = f"aws sns subscribe --topic-arn {topic_arn} --protocol email --notification-endpoint YOU"
        return question.warning("Nobody is told anything.", f"Set alertEmails and deploy, or: {how}")
    named = ", ".join(each.endpoint for each in waiting[:3])
    if not heard:
        return question.broken(f"Nobody has confirmed: {named}.", _CONFIRM)
    seen = f"{heard} confirmed ({', '.join(sorted({e.protocol for e in found if e.confirmed}))})"
    if waiting:
        return question.warning(f"{seen}; not confirmed: {named}.", _CONFIRM)
    return question.ok(f"{seen}.")


_CONFIRM = (
    "Confirm the mail 'AWS Notification - Subscription Confirmation'; it is valid for two days. After that "
    "subscribe anew."
)


def judge_alert(alert: Alert, readers: int | None) -> Check:
    """Whether the watch has published the test alert.

    Args:
        alert: As it is in the table now.
        readers: Confirmed subscriptions of the topic; None where that is not known.
    """
    if alert.sent_at is None:
        seen = f'"{alert.subject}" is written down, and the watch has not published it.'
        return TEST_ALERT.broken(seen, "No alert goes out: look at the ticks, then at the watch's log.")
    seen = f'"{alert.subject}" was published at {alert.sent_at:%H:%M:%S} UTC.'
    if readers == 0:
        return TEST_ALERT.warning(seen, "It reached nobody: see the readers above.")
    return TEST_ALERT.ok(f"{seen} Only you can see whether it is in your mailbox.")


def judge_alarms(found: Mapping[str, AlarmFacts | None]) -> Check:
    """Whether an alarm rings, was never judged, or would tell nobody.

    Args:
        found: What CloudWatch says of each, by its name in the template; None where there is none.
    """
    there = {name.removeprefix("Alarms"): facts for name, facts in found.items() if facts is not None}
    ringing = [_since(name, facts) for name, facts in there.items() if facts.state == "ALARM"]
    if ringing:
        advice = "docs/operations.md, 'Alarms, on the ops topic', says what each means and what to do."
        return ALARMS.broken(f"Ringing: {', '.join(ringing)}.", advice)
    absent = [name.removeprefix("Alarms") for name, facts in found.items() if facts is None]
    if absent:
        return ALARMS.broken(f"Not there: {', '.join(absent)}.", MADE_AGAIN)
    mute = [name for name, facts in there.items() if not facts.tells]
    if mute:
        seen = f"Their actions are switched off: {', '.join(mute)}."
        return ALARMS.broken(seen, "Nobody would be told: aws cloudwatch enable-alarm-actions")
    unknown = [_since(name, facts) for name, facts in there.items() if facts.state != "OK"]
    if unknown:
        seen = f"INSUFFICIENT_DATA: {', '.join(unknown)}."
        return ALARMS.warning(seen, "After a deployment that is so for some minutes: ask again then.")
    newest = max(there.items(), key=lambda pair: pair[1].since, default=None)
    if newest is None:
        return ALARMS.broken("The stack has no alarm.", "Deploy again: cdk deploy")
    return ALARMS.ok(f"{len(there)} alarms, all OK; the newest state is {_since(*newest)}.")


def _since(name: str, facts: AlarmFacts) -> str:
    return f"{name} since {facts.since:%Y-%m-%d %H:%M} UTC"


def judge_letters(found: Mapping[str, int | None]) -> Check:
    """Whether a call or a mail came to nothing.

    Args:
        found: Messages in each queue, by its name in the template; None where there is no such queue.
    """
    absent = [_place(name) for name, count in found.items() if count is None]
    if absent:
        return LETTERS.broken(f"Not there: {', '.join(absent)}.", MADE_AGAIN)
    filled = [f"{count} in {_place(name)}" for name, count in found.items() if count]
    if filled:
        advice = (
            "Read them in the SQS console (each says what it was and why it failed), mend that, then purge "
            "the queue."
        )
        return LETTERS.broken(f"{', '.join(filled)}: each a call or a mail that came to nothing.", advice)
    return LETTERS.ok(f"None in {len(found)} queues.")


def _place(name: str) -> str:
    return name.removeprefix("Timetable").removeprefix("Alerts")
