from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.doctoring.checks import State
from finetune_guard.core.doctoring.facts import ScheduleFacts
from finetune_guard.core.doctoring.watching import (
    judge_breaker,
    judge_control,
    judge_schedules,
    judge_ticks,
    last_look,
    readable,
    unreadable,
)
from finetune_guard.core.jobs import HeldStop
from finetune_guard.core.observations import Control
from tests import builders

NOW = builders.START
FUNCTION = "arn:aws:lambda:us-west-2:111122223333:function:"
TICK = ScheduleFacts("ENABLED", "rate(1 minute)", FUNCTION + "watch")
CLEAN_UP = ScheduleFacts("ENABLED", "rate(1 hour)", FUNCTION + "clean-up:live")


def schedules(tick: ScheduleFacts | None, clean_up: ScheduleFacts | None = CLEAN_UP) -> tuple[State, str]:
    check = judge_schedules(
        {"TimetableTick": tick, "TimetableCleanUp": clean_up}, "watch", ["watch", "clean-up"]
    )
    assert (check.advice == "") is (check.state is State.OK)
    return check.state, check.seen


def test_a_schedule_that_is_on_and_calls_its_function_is_told_with_its_rhythm() -> None:
    assert schedules(TICK) == (State.OK, "On: Tick rate(1 minute), CleanUp rate(1 hour).")


@pytest.mark.fault(85)
@pytest.mark.parametrize(
    ("tick", "told"),
    [
        (None, "Not there: Tick"),
        (replace(TICK, state="DISABLED"), "Switched off: Tick"),
        (replace(TICK, target=FUNCTION + "another"), "own function: Tick"),
        (replace(TICK, target=FUNCTION + "clean-up"), "no schedule calls the watch"),
        (replace(TICK, target=""), "own function: Tick"),
    ],
)
def test_a_watch_that_the_clock_does_not_call_is_named(tick: ScheduleFacts | None, told: str) -> None:
    state, seen = schedules(tick)
    assert state is State.BROKEN
    assert told in seen


@pytest.mark.fault(85)
@pytest.mark.parametrize(
    ("ago", "state"),
    [(0, State.OK), (300, State.OK), (301, State.BROKEN), (-20, State.OK)],
)
def test_a_tick_within_five_minutes_is_well_also_by_a_clock_that_goes_ahead(ago: int, state: State) -> None:
    check = judge_ticks(NOW - timedelta(seconds=ago), NOW, "the metric")
    assert check.state is state
    assert "-" not in check.seen


def test_without_any_sign_of_a_tick_nobody_knows() -> None:
    assert judge_ticks(None, NOW, "the metric").state is State.NOT_CHECKED


def test_the_last_look_is_the_newest_of_the_open_jobs() -> None:
    jobs = [builders.running(ticked_at=at) for at in (None, NOW, NOW + timedelta(minutes=1))]
    assert last_look(jobs) == NOW + timedelta(minutes=1)
    assert last_look(jobs[:1]) is None


def test_a_kill_switch_that_is_on_is_a_warning() -> None:
    assert judge_control(Control()).state is State.OK
    on = judge_control(Control(kill_switch=True))
    assert on.state is State.WARNING
    assert "kill-switch off" in on.advice


def test_a_stop_that_is_held_back_now_is_told_until_when() -> None:
    held = HeldStop("It diverges.", 3, NOW, NOW + timedelta(minutes=30))
    job = builders.running(held=held)
    check = judge_breaker([job, builders.running()], NOW)
    assert check.state is State.WARNING
    assert "until 12:30 UTC" in check.seen
    assert judge_breaker([job], NOW + timedelta(minutes=30)).state is State.OK
    assert judge_breaker([], NOW).state is State.OK


def test_records_are_counted_where_they_can_be_read_and_quoted_where_not() -> None:
    assert readable(1, 2, 3).seen.startswith("1 open runs, 2 open jobs, 3 alerts")
    assert (unreadable(["No Run."]).state, unreadable(["No Run."]).seen) == (State.BROKEN, "No Run.")
    assert unreadable(["No Run.", "No job."]).seen == "No Run. And 1 more."
