from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.alerts import LONGEST_SUBJECT
from finetune_guard.core.doctoring.checks import State
from finetune_guard.core.doctoring.facts import AlarmFacts, Caller, Subscription
from finetune_guard.core.doctoring.telling import (
    ALERT_READERS,
    judge_alarms,
    judge_alert,
    judge_letters,
    judge_readers,
    trial_alert,
)
from tests.builders import START

ADA = Subscription("email", "ada@example.com", confirmed=True)
BOB = Subscription("email", "bob@example.com", confirmed=False)
CALLER = Caller("1", "arn:aws:iam::1:user/ada")
TOPIC = "arn:aws:sns:us-west-2:1:alerts"
FINE = AlarmFacts("tick", "OK", START)


@pytest.mark.fault(69)
@pytest.mark.parametrize(
    ("found", "state", "told"),
    [
        ([ADA], State.OK, "1 confirmed (email)"),
        ([ADA, BOB], State.WARNING, "not confirmed: bob@example.com"),
        ([BOB], State.BROKEN, "Nobody has confirmed: bob@example.com"),
        ([], State.WARNING, "Nobody is told anything"),
    ],
)
def test_a_topic_that_somebody_has_not_confirmed_is_named_with_what_to_do(
    found: list[Subscription], state: State, told: str
) -> None:
    check = judge_readers(ALERT_READERS, found, TOPIC)
    assert (check.check, check.state) == ("alert readers", state)
    assert told in check.seen
    assert (check.advice == "") is (state is State.OK)


def test_whoever_has_no_subscription_is_told_the_command_for_one() -> None:
    check = judge_readers(ALERT_READERS, [], TOPIC)
    assert f"aws sns subscribe --topic-arn {TOPIC} --protocol email" in check.advice


def test_the_test_alert_is_one_that_sns_takes_and_differs_from_moment_to_moment() -> None:
    first, second = (trial_alert(CALLER, START + timedelta(seconds=after)) for after in (0, 1))
    assert first == trial_alert(CALLER, START)
    assert first.alert_id != second.alert_id
    assert first.subject != second.subject
    assert first.subject.isascii() and len(first.subject) <= LONGEST_SUBJECT
    assert first.subject.rsplit(" ", 1)[1] in first.text


def test_a_test_alert_is_well_once_it_was_published_and_somebody_reads_it() -> None:
    alert = trial_alert(CALLER, START)
    sent = replace(alert, sent_at=START + timedelta(seconds=9))
    assert judge_alert(alert, 1).state is State.BROKEN
    assert [judge_alert(sent, readers).state for readers in (1, None, 0)] == [
        State.OK,
        State.OK,
        State.WARNING,
    ]
    assert "12:00:09 UTC" in judge_alert(sent, 1).seen


@pytest.mark.parametrize(
    ("facts", "state", "told"),
    [
        (FINE, State.OK, "TickMissing since 2026-11-24 12:00 UTC"),
        (replace(FINE, state="ALARM"), State.BROKEN, "Ringing: TickMissing since 2026-11-24 12:00 UTC"),
        (replace(FINE, state="INSUFFICIENT_DATA"), State.WARNING, "INSUFFICIENT_DATA: TickMissing"),
        (replace(FINE, tells=False), State.BROKEN, "switched off: TickMissing"),
        (None, State.BROKEN, "Not there: TickMissing"),
    ],
)
def test_an_alarm_must_be_there_ok_and_tell_somebody(
    facts: AlarmFacts | None, state: State, told: str
) -> None:
    check = judge_alarms({"AlarmsTickMissing": facts, "AlarmsRunsFailed": replace(FINE, name="other")})
    assert check.state is state
    assert told in check.seen or state is State.OK
    assert (check.advice == "") is (state is State.OK)


def test_a_stack_without_alarms_is_broken() -> None:
    assert judge_alarms({}).state is State.BROKEN


@pytest.mark.parametrize(
    ("found", "state", "told"),
    [
        ({"LostCalls": 0, "Undelivered": 0}, State.OK, "None in 2 queues"),
        ({"TimetableLostCalls": 2, "AlertsUndelivered": 0}, State.BROKEN, "2 in LostCalls"),
        ({"LostCalls": None, "Undelivered": 1}, State.BROKEN, "Not there: LostCalls"),
    ],
)
def test_a_message_in_the_dead_letters_is_a_call_or_a_mail_that_came_to_nothing(
    found: dict[str, int | None], state: State, told: str
) -> None:
    check = judge_letters(found)
    assert check.state is state
    assert told in check.seen
