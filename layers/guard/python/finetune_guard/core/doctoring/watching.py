"""Whether the watch is called, looks, may stop, and can read what is written down."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from finetune_guard.core.doctoring.checks import Check, Question
from finetune_guard.core.doctoring.deployment import MADE_AGAIN
from finetune_guard.core.doctoring.facts import ScheduleFacts, Series
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.observations import Control

SCHEDULE: Final = Question("schedule", "on, and calling the stack's own functions")
TICKS: Final = Question("ticks", "a tick of the watch within the last five minutes")
KILL_SWITCH: Final = Question("kill switch", "off")
BREAKER: Final = Question("breaker", "no stop that it holds back")
RECORDS: Final = Question("records", "every open record of the table can be read")

#: A metric is seen a minute or two after it was written; the alarm on ticks waits as long (infra/).
TICK_WITHIN: Final = timedelta(minutes=5)
#: How far back a last tick is looked for.
LOOKED_BACK: Final = timedelta(hours=3)
ENABLED: Final = "ENABLED"
#: CloudWatch namespace of our own metrics (infra/constructs/guard_function.py; a test compares the two).
NAMESPACE: Final = "FinetuneGuard"


def ticks(stack: str) -> Series:
    """The watch's own count of its ticks (lambdas/watch.py)."""
    return Series(NAMESPACE, "Ticks", {"service": stack})


def judge_schedules(found: Mapping[str, ScheduleFacts | None], watch: str, functions: Sequence[str]) -> Check:
    """Whether the clock calls the watch, and whatever else it calls is the stack's own.

    Args:
        found: What Scheduler says of each schedule, by its name in the template; None where there is none.
        watch: Name of the watch's function.
        functions: Names of all functions of the stack.
    """
    absent = ", ".join(_short(name) for name, facts in found.items() if facts is None)
    if absent:
        return SCHEDULE.broken(f"Not there: {absent}. Nothing wakes its function.", MADE_AGAIN)
    there = {_short(name): facts for name, facts in found.items() if facts is not None}
    off = ", ".join(name for name, facts in there.items() if facts.state != ENABLED)
    if off:
        seen = f"Switched off: {off}. Nobody watches the jobs, or throws models away."
        return SCHEDULE.broken(seen, "Enable it: EventBridge console, Schedules, select it, Enable.")
    strange = ", ".join(name for name, facts in there.items() if _function(facts) not in functions)
    if strange or watch not in map(_function, there.values()):
        seen = f"Not calling the stack's own function: {strange or 'no schedule calls the watch'}."
        return SCHEDULE.broken(seen, "Set its target back in the EventBridge console, or deploy anew.")
    told = ", ".join(f"{name} {facts.expression}" for name, facts in there.items())
    return SCHEDULE.ok(f"On: {told}.")


def _short(name: str) -> str:
    return name.removeprefix("Timetable")


def _function(facts: ScheduleFacts) -> str:
    """The function's name; an alias or version that follows it in the ARN is left out."""
    return (facts.target.split(":") + [""] * 7)[6]


def judge_ticks(last: datetime | None, now: datetime, how: str) -> Check:
    """Whether the watch has looked of late.

    Args:
        last: When, as far as anybody knows; None where nobody does.
        now: UTC.
        how: What tells so, in a phrase.
    """
    if last is None:
        return TICKS.not_checked(
            f"No tick is told by {how}, and no job is open whose record would.",
            "Leave --no-alert away: the watch then has something to send.",
        )
    seconds = round(max(timedelta(0), now - last).total_seconds())
    ago = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60} minutes"
    seen = f"The last was {ago} ago, by {how}."
    if now - last <= TICK_WITHIN:
        return TICKS.ok(seen)
    return TICKS.broken(seen, "Nobody watches the jobs: look at the schedule, then at the watch's log.")


def last_look(jobs: Sequence[JobRecord]) -> datetime | None:
    """When a tick last judged one of these; None where none did."""
    return max((job.ticked_at for job in jobs if job.ticked_at), default=None)


def judge_control(control: Control) -> Check:
    """Whether jobs may be stopped."""
    if control.kill_switch:
        seen = "On: no job of this stack is stopped, for whatever reason."
        return KILL_SWITCH.warning(seen, "If that is not meant: finetune-guard kill-switch off")
    return KILL_SWITCH.ok("Off.")


def judge_breaker(open_jobs: Sequence[JobRecord], now: datetime) -> Check:
    """Whether the breaker holds a stop back now, since many came within an hour."""
    held = [job.held for job in open_jobs if job.held and job.held.until > now and not job.stop]
    if held:
        until = min(each.until for each in held)
        seen = f"It holds back the stops of {len(held)} jobs until {until:%H:%M} UTC."
        advice = "Many stops at once are more likely a fault of the service: docs/operations.md, breaker."
        return BREAKER.warning(seen, advice)
    return BREAKER.ok("It holds nothing back.")


def readable(runs: int, jobs: int, alerts: int) -> Check:
    """All that is open was read."""
    return RECORDS.ok(f"{runs} open runs, {jobs} open jobs, {alerts} alerts to be sent; all were read.")


#: Where it is told what to do about each kind of record.
MEND: Final = 'docs/upgrade.md, A record that cannot be read; the log line "ticked" names each.'


def unreadable(sentences: Sequence[str]) -> Check:
    """Records that are open cannot be read.

    Args:
        sentences: What the reader says of each, at least one; the first is told.
    """
    more = f" And {len(sentences) - 1} more." if len(sentences) > 1 else ""
    return RECORDS.broken(f"{sentences[0]}{more}", MEND)
