from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import DecisionKind
from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.names import JobKey
from finetune_guard.core.plans import LearningRate, Stage
from finetune_guard.core.segment_policy import Standing, better, broke_early, decide_segment
from finetune_guard.core.verdict import VerdictKind
from tests.builders import broken, closed, ended_as, finding, intent, plan, run, segmented

RATE = LearningRate("learningRate", Decimal("0.0001"), Decimal("0.000005"))


def segment(number: int, loss: float | None = 1.0, training: float | None = None) -> JobRecord:
    """A completed segment; its training tail is its validation loss unless it is given."""
    made = intent(run(plan=segmented(3)), Stage.FULL)
    job = closed(replace(made, key=JobKey(run().run_id, Stage.FULL, segment=number)), loss)
    return replace(job, seen=replace(job.seen, training_level=training)) if training else job


def policy(best: JobRecord | None, job: JobRecord, redone: int = 0) -> str:
    return decide_segment(Standing(plan(), RATE, best, redone), job).policy


def test_the_model_with_the_lower_loss_is_better_and_of_equals_the_later() -> None:
    one = segment(1, 1.0)
    assert better(None, one) is one
    assert better(one, lower := segment(2, 0.9)) is lower
    assert better(one, equal := segment(2, 1.005)) is equal
    assert better(one, segment(2, 1.0051)) is one


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_worse_than_any(loss: float) -> None:
    one = segment(1, 1.0)
    assert better(one, segment(2, loss)) is one
    assert better(segment(1, loss), second := segment(2, 7.0)) is second
    assert policy(one, segment(2, loss)) == "segment.worse.keep_best"


def test_where_one_has_no_validation_loss_the_training_tails_are_compared() -> None:
    with_validation = segment(1, 0.5, training=2.0)
    without = replace(segment(2), seen=CurveSeen(rows=100, training_level=1.5))
    assert better(with_validation, without) is without
    decision = decide_segment(Standing(plan(), RATE, without, 0), segment(3, 0.1, training=1.6))
    assert decision.policy == "segment.worse.keep_best"
    assert "no validation is reported" in decision.reason


@pytest.mark.parametrize(("loss", "line"), [(1.03, "segment.healthy"), (1.0301, "segment.worse.keep_best")])
def test_three_hundredths_above_the_best_end_the_run(loss: float, line: str) -> None:
    assert policy(segment(1, 1.0), segment(2, loss)) == line


def test_a_validation_loss_that_rises_while_the_training_loss_falls_is_called_overfitting() -> None:
    job = segment(2, 1.1, training=0.5)
    decision = decide_segment(Standing(plan(), RATE, segment(1, 1.0, training=0.9), 0), job)
    assert (decision.policy, decision.kind) == (
        "segment.overfitting.keep_best",
        DecisionKind.KEEP_BEST,
    )
    assert "The validation loss is 1.1 after segment 2; it was 1 after segment 1." in decision.reason


@pytest.mark.parametrize("signal", [Signal.STAGNATION, Signal.OSCILLATION])
@pytest.mark.parametrize(("loss", "line"), [(0.996, "segment.no_gain.keep_best"), (0.994, "segment.healthy")])
def test_a_warning_that_nothing_is_gained_ends_the_run_only_where_the_losses_agree(
    signal: Signal, loss: float, line: str
) -> None:
    job = replace(segment(2, loss), findings=(finding(signal, Severity.WARNING),))
    assert policy(segment(1, 1.0), job) == line


def test_the_first_segment_gains_nothing_over_nothing_and_goes_on() -> None:
    job = replace(segment(1), findings=(finding(Signal.STAGNATION, Severity.WARNING),))
    assert policy(None, job) == "segment.healthy"


@pytest.mark.parametrize(
    ("verdict", "line", "kind"),
    [
        (VerdictKind.HEALTHY, "segment.healthy", DecisionKind.PROCEED),
        (VerdictKind.SUSPICIOUS, "segment.suspicious", DecisionKind.PROCEED_WITH_WARNING),
        (VerdictKind.INCONCLUSIVE, "segment.inconclusive", DecisionKind.PROCEED_WITH_WARNING),
        (None, "segment.unjudged", DecisionKind.PROCEED_WITH_WARNING),
    ],
)
def test_a_segment_that_did_not_break_goes_on_as_it_was_judged(
    verdict: VerdictKind | None, line: str, kind: DecisionKind
) -> None:
    decision = decide_segment(Standing(plan(), RATE, None, 0), replace(segment(1), verdict=verdict))
    assert (decision.policy, decision.kind) == (line, kind)


@pytest.mark.parametrize(("step", "early"), [(1, True), (33, True), (34, False), (100, False)])
def test_early_is_the_first_third_of_the_segments_own_steps(step: int, early: bool) -> None:
    assert broke_early(broken(segment(1), step)) is early


def test_the_steps_of_the_segments_before_do_not_count() -> None:
    job = broken(segment(3), step=220)
    later = replace(job, seen=replace(job.seen, border=200))
    assert broke_early(later)
    assert not broke_early(replace(job, seen=replace(job.seen, border=100)))


def test_the_first_step_of_a_very_short_segment_is_early() -> None:
    job = broken(segment(1), step=1)
    assert broke_early(replace(job, orders=replace(job.orders, planned_steps=2)))


def test_without_a_fault_with_a_step_nothing_broke_early() -> None:
    job = broken(segment(1))
    assert not broke_early(replace(job, findings=()))
    assert not broke_early(replace(job, findings=(finding(first_step=None),)))
    assert not broke_early(replace(job, findings=(finding(severity=Severity.WARNING, first_step=1),)))


def test_without_any_known_number_of_steps_nothing_broke_early() -> None:
    job = broken(segment(1), step=1)
    orders, seen = replace(job.orders, planned_steps=None), replace(job.seen, last_step=None)
    assert not broke_early(replace(job, orders=orders, seen=seen))


def test_a_segment_that_broke_early_is_done_again_once_where_there_is_a_lower_rate() -> None:
    job = broken(segment(2), step=5)
    assert policy(segment(1), job) == "segment.broken.redo"
    assert policy(segment(1), job, redone=1) == "segment.broken.keep_best"
    assert policy(None, job) == "segment.broken.redo"
    assert policy(None, job, redone=1) == "segment.broken.nothing_to_keep"
    lowest = replace(RATE, minimum=Decimal("0.00005"))
    for rate in (lowest, None):
        decision = decide_segment(Standing(plan(), rate, segment(1), 0), job)
        assert decision.policy == "segment.broken.keep_best"


def test_the_redo_names_both_rates() -> None:
    decision = decide_segment(Standing(plan(), RATE, segment(1), 0), broken(segment(2), step=5))
    assert "learningRate 0.0000333 in place of 0.0001" in decision.reason


def test_a_segment_stopped_for_its_curve_says_what_was_seen() -> None:
    job = ended_as(segment(2), JobStatus.STOPPED, StopReason.FINDING)
    decision = decide_segment(Standing(plan(), RATE, segment(1), 0), job)
    assert decision.reason.startswith("Why it was stopped.")
    assert decision.policy == "segment.broken.keep_best"


@pytest.mark.parametrize(
    ("status", "stop", "line"),
    [
        (JobStatus.FAILED, None, "segment.job_failed"),
        (JobStatus.LOST, None, "segment.job_lost"),
        (JobStatus.REFUSED, None, "segment.create_refused"),
        (JobStatus.STOPPED, None, "segment.ended_by_a_person"),
        (JobStatus.STOPPED, StopReason.ABORTED, "segment.ended_by_a_person"),
        (JobStatus.STOPPED, StopReason.MAX_HOURS, "segment.max_hours"),
    ],
)
def test_an_unfinished_segment_says_what_is_kept(
    status: JobStatus, stop: StopReason | None, line: str
) -> None:
    job = ended_as(segment(2), status, stop)
    decision = decide_segment(Standing(plan(), RATE, segment(1), 0), job)
    assert decision.policy == line
    assert decision.reason.endswith("The model of segment 1 is kept.")
    assert "kept" not in decide_segment(Standing(plan(), RATE, None, 0), job).reason


@pytest.mark.parametrize(
    ("first", "line"),
    [(1.4, "segment.broken.redo"), (1.41, "segment.broken.keep_best"), (None, "segment.broken.redo")],
)
def test_a_loss_that_stood_high_before_the_first_step_is_the_data_and_no_rate_mends_it(
    first: float | None, line: str
) -> None:
    job = broken(segment(2), step=5)
    high = replace(job, seen=replace(job.seen, first_loss=first))
    assert policy(segment(1, 1.0), high) == line
    assert policy(None, high) == "segment.broken.redo"
