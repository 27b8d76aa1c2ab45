import math

import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import PACK, curve, falling, fired, series, trace_of

#: Thresholds that a loss can stand at exactly.
EXACT = override(PACK, {"overfitting": {"rise": 0.25, "noticed": 0.125, "at_once": 0.5, "evaluations": 3}})


def trace(evaluations: list[float], training: Curve | None = None, pack: ThresholdPack = PACK) -> Trace:
    """Evaluations at steps 10, 20, … of a run that learns."""
    steps = [10 * (place + 1) for place in range(len(evaluations))]
    seen = (training or curve(falling(10 * len(evaluations)))).training
    return trace_of(Signal.OVERFITTING, Curve(seen, series(evaluations, steps)), pack)


def exactly(*evaluations: float) -> int | None:
    """The step at which it fires, with thresholds that a loss can stand at exactly."""
    assert isinstance(EXACT, ThresholdPack)
    return fired(trace(list(evaluations), pack=EXACT))


def test_fires_at_the_second_evaluation_that_is_clearly_above_the_lowest() -> None:
    found = trace([2.0, 1.5, 1.2, 1.26, 1.32, 1.4]).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert (found.first_step, found.detected_step) == (30, 50)
    assert found.observed == pytest.approx(1.4 / 1.2 - 1)
    assert "lowest at step 30" in found.sentence


def test_fires_at_once_when_one_evaluation_is_far_above() -> None:
    assert fired(trace([2.0, 1.5, 1.2, 1.5])) == 40


def test_one_bad_evaluation_among_many_is_noise() -> None:
    assert trace([2.0, 1.5, 1.2, 1.3, 1.19, 1.18, 1.17]).first() is None


def test_a_bounce_that_came_back_raises_what_counts() -> None:
    assert trace([2.0, 1.2, 1.35, 1.19, 1.24, 1.28, 1.18]).first() is None


def test_a_validation_that_falls_is_quiet() -> None:
    assert trace([2.0, 1.6, 1.4, 1.3, 1.25]).first() is None


def test_a_training_that_rises_as_well_is_no_overfitting() -> None:
    rising = curve([1.0 + 0.02 * step for step in range(60)])

    assert trace([1.0, 1.1, 1.2, 1.3, 1.4, 1.5], rising).first() is None


def test_a_non_finite_evaluation_is_passed_over() -> None:
    assert fired(trace([2.0, 1.5, 1.2, math.nan, 1.26, 1.32])) == 60


def test_two_evaluations_are_too_few() -> None:
    answer = trace([1.0, 2.0]).last()

    assert isinstance(answer, NotEnoughData)
    assert (answer.have, answer.need) == (2, 3)


def test_without_training_rows_nothing_can_be_said() -> None:
    lonely = trace_of(Signal.OVERFITTING, Curve(series([]), series([1.0, 0.9, 1.5, 1.6])))

    assert lonely.first() is None


def test_a_rise_to_the_threshold_is_none_and_beyond_it_is_one() -> None:
    assert exactly(2.0, 1.0, 1.25, 1.25) is None
    assert exactly(2.0, 1.0, 1.25, 1.26) == 40


def test_an_evaluation_at_the_threshold_is_not_noticed_and_beyond_it_is() -> None:
    assert exactly(2.0, 1.0, 1.125, 1.3) is None
    assert exactly(2.0, 1.0, 1.126, 1.3) == 40


def test_a_single_evaluation_must_stand_beyond_the_higher_threshold() -> None:
    assert exactly(2.0, 1.0, 1.5) is None
    assert exactly(2.0, 1.0, 1.51) == 30


def test_a_rise_as_high_as_a_bounce_that_came_back_does_not_count_and_a_higher_one_does() -> None:
    assert exactly(2.0, 1.0, 1.375, 0.5, 0.6875, 0.6875) is None
    assert exactly(2.0, 1.0, 1.375, 0.5, 0.6875, 0.6880) == 60


def test_an_evaluation_that_was_above_before_a_new_lowest_counts_no_more() -> None:
    assert exactly(2.0, 1.0, 1.2, 0.5, 0.7) is None


def test_the_very_first_evaluation_may_be_the_lowest() -> None:
    found = trace([1.0, 1.1, 1.15]).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.detected_step) == (10, 30)
    assert found.threshold == 0.03
    assert "(3% counts)" in found.sentence


def test_a_ratio_to_a_lowest_of_zero_means_nothing() -> None:
    assert trace([1.0, 0.0, 0.5, 0.6, 0.7]).first() is None


@pytest.mark.parametrize(("rise", "step"), [(1.04, 30), (1.06, None)])
def test_a_training_that_wanders_up_by_less_than_a_twentieth_still_falls(
    rise: float, step: int | None
) -> None:
    training = curve([*[1.0] * 20, *[rise] * 20])

    assert fired(trace([1.2, 1.0, 1.5, 1.5], training)) == step


def test_training_is_read_at_the_step_of_the_evaluation_and_not_after_it() -> None:
    training = curve([*[1.0] * 28, 1.0, 1.0, *[2.0] * 10])

    assert fired(trace([1.2, 1.0, 1.5, 1.5], training)) == 30


def test_an_evaluation_before_the_first_training_row_is_not_judged() -> None:
    evaluations = series([1.0, 0.9, 2.0, 2.0, 2.0], [10, 20, 30, 40, 50])

    late = trace_of(Signal.OVERFITTING, Curve(series([1.0, 0.9], [40, 60]), evaluations))

    assert fired(late) == 40


def test_training_is_compared_with_its_first_row_where_validation_was_lowest_there() -> None:
    evaluations = series([1.2, 1.0, 1.5, 1.5], [10, 20, 30, 40])

    rising = trace_of(Signal.OVERFITTING, Curve(series([1.0, 2.0, 2.0], [20, 30, 40]), evaluations))

    assert rising.first() is None


def test_where_training_was_not_seen_at_the_lowest_its_rise_is_not_held_against_the_finding() -> None:
    evaluations = series([1.2, 1.0, 1.5, 1.5], [10, 20, 30, 40])

    unseen = trace_of(Signal.OVERFITTING, Curve(series([1.0, 2.0, 2.0], [25, 30, 40]), evaluations))

    assert fired(unseen) == 30
