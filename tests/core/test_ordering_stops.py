from dataclasses import replace

import pytest

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.observations import Control
from finetune_guard.core.ordering_stops import stop_called, stop_considered, stop_due
from tests.builders import START, finding, later, running


def armed(job: JobRecord, auto_stop: AutoStop = AutoStop.ON, max_hours: float = 24) -> JobRecord:
    orders = replace(job.orders, auto_stop=auto_stop, max_hours=max_hours)
    return replace(job, orders=orders, seen=CurveSeen(rows=70, last_step=70, live=True))


def test_an_armed_watch_orders_a_stop_for_a_failure_that_does_not_recover() -> None:
    job = stop_considered(armed(running(findings=(finding(),))), START, Control())
    assert job.stop == StopOrder(StopReason.FINDING, finding().sentence, START)


@pytest.mark.parametrize("auto_stop", [AutoStop.ON, AutoStop.SHADOW])
def test_a_whole_bad_curve_that_was_not_seen_to_grow_stops_nothing(auto_stop: AutoStop) -> None:
    job = replace(armed(running(findings=(finding(),)), auto_stop), seen=CurveSeen(rows=70))
    assert stop_considered(job, START, Control()) == job


def test_shadow_records_what_it_would_have_stopped_and_stops_nothing() -> None:
    shadow = armed(running(findings=(finding(),)), AutoStop.SHADOW)
    job = stop_considered(shadow, START, Control())
    assert (job.stop, job.shadow_stop) == (None, finding().sentence)


def test_off_does_neither() -> None:
    off = armed(running(findings=(finding(),)), AutoStop.OFF)
    assert stop_considered(off, START, Control()) == off


@pytest.mark.parametrize(
    "harmless",
    [finding(Signal.OVERFITTING), finding(Signal.STAGNATION), finding(severity=Severity.WARNING)],
)
def test_what_may_recover_or_keeps_a_model_stops_nothing(harmless: object) -> None:
    job = armed(running(findings=(harmless,)))
    assert stop_considered(job, START, Control()).stop is None


@pytest.mark.parametrize("auto_stop", list(AutoStop))
def test_max_hours_stops_whatever_auto_stop_says(auto_stop: AutoStop) -> None:
    job = armed(running(), auto_stop, max_hours=0.5)
    assert stop_considered(job, later(minutes=29), Control()).stop is None
    ordered = stop_considered(job, later(minutes=30), Control()).stop
    assert ordered and ordered.reason is StopReason.MAX_HOURS


def test_only_the_kill_switch_wins_over_max_hours() -> None:
    job = armed(running(findings=(finding(),)), max_hours=0.5)
    assert stop_considered(job, later(hours=9), Control(kill_switch=True)).stop is None


def test_a_stop_is_called_once_and_again_only_when_it_had_no_effect() -> None:
    job = running(stop=StopOrder(StopReason.FINDING, "Why.", START))
    assert stop_due(job, START, Control())
    called = stop_called(job, START)
    assert not stop_due(called, later(seconds=60), Control())
    assert stop_due(called, later(minutes=2), Control())


@pytest.mark.parametrize("status", [JobStatus.STOPPING, JobStatus.STOPPED, JobStatus.COMPLETED])
def test_a_job_that_heeds_the_stop_is_not_stopped_again(status: JobStatus) -> None:
    job = running(stop=StopOrder(StopReason.FINDING, "Why.", START), status=status)
    assert not stop_due(job, later(hours=1), Control())


def test_the_kill_switch_holds_back_a_stop_that_was_ordered() -> None:
    job = running(stop=StopOrder(StopReason.FINDING, "Why.", START))
    assert not stop_due(job, START, Control(kill_switch=True))
