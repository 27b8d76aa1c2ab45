import math

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.metrics.series import Curve, MetricSeries
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import PACK, curve, falling, fired, series, trace_of


def trace(whole: Curve, pack: ThresholdPack = PACK) -> Trace:
    return trace_of(Signal.NON_FINITE, whole, pack)


def with_limits(**limits: float) -> ThresholdPack:
    pack = override(PACK, {"non_finite": limits})
    assert isinstance(pack, ThresholdPack)
    return pack


@pytest.mark.parametrize(
    ("value", "name"), [(math.nan, "not a number"), (math.inf, "infinite"), (-math.inf, "infinite")]
)
def test_fires_at_the_first_loss_that_is_not_finite(value: float, name: str) -> None:
    found = trace(curve([*falling(5), value])).last()

    assert isinstance(found, Finding)
    assert found.may_stop
    assert (found.first_step, found.last_step, found.detected_step) == (6, 6, 6)
    assert name in found.sentence


def test_fires_at_the_very_first_row() -> None:
    assert fired(trace(curve([math.nan, 1.0, 0.9]))) == 1


def test_no_row_at_all_is_too_short_and_one_is_enough() -> None:
    answer = trace(curve([])).last()

    assert isinstance(answer, NotEnoughData)
    assert (answer.have, answer.need) == (0, 1)
    assert isinstance(trace(curve([1.0])).last(), Quiet)


def test_stays_once_it_was_seen() -> None:
    found = trace(curve([1.0, math.nan, math.nan, 0.9, 0.8])).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (2, 3, 2)
    assert "2 rows" in found.sentence


def test_a_finite_curve_is_quiet_from_the_first_row() -> None:
    assert isinstance(trace(curve([1.0])).last(), Quiet)


def with_gradients(gradients: list[float]) -> Curve:
    training = series(falling(len(gradients)))
    return Curve(
        MetricSeries(training.step, training.epoch, training.loss, grad_norm=np.array(gradients)),
        planned_steps=len(gradients),
    )


def test_a_gradient_norm_that_is_skipped_once_or_twice_is_a_scaler_at_work() -> None:
    skipped = [1.0, math.inf, 1.0, 1.0, math.nan, math.inf, 1.0, 1.0, 1.0]

    assert trace(with_gradients(skipped)).first() is None


def test_fires_at_the_third_gradient_norm_in_a_row_that_is_not_finite() -> None:
    found = trace(with_gradients([1.0, 1.0, math.inf, math.inf, math.inf, math.inf])).last()

    assert isinstance(found, Finding)
    assert found.may_stop
    assert (found.first_step, found.last_step, found.detected_step) == (3, 6, 5)
    assert "gradient" in found.sentence


def test_fires_where_the_gradient_norm_was_never_finite() -> None:
    assert fired(trace(with_gradients([math.nan] * 4))) == 3


def test_a_gradient_norm_that_is_logged_now_and_then_is_no_failure_after_its_first_gap() -> None:
    sparse = [1.0, math.nan, math.nan] * 6

    assert trace(with_gradients(sparse)).first() is None


def test_a_broken_evaluation_alone_is_a_warning_and_never_a_stop() -> None:
    whole = curve(falling(20), validation=series([1.0, math.nan, math.nan], [5, 10, 15]))

    found = trace(whole).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert (found.first_step, found.last_step, found.detected_step) == (10, 15, 10)
    assert "2 evaluations" in found.sentence


def test_sees_an_evaluation_between_and_after_the_training_rows() -> None:
    whole = curve([1.0, 0.9], [10, 20], validation=series([math.nan, 1.0], [15, 25]))

    seen = trace(whole)

    assert seen.steps.tolist() == [10, 15, 20, 25]
    assert seen.status.tolist() == [Status.QUIET, *[Status.SUSPECTED] * 3]


def test_says_which_value_a_single_row_had() -> None:
    found = trace(curve([1.0, math.inf, 0.9])).last()

    assert isinstance(found, Finding)
    assert (found.observed, found.threshold) == (math.inf, 1)
    assert "is infinite at step 2." in found.sentence


def test_says_the_first_value_where_there_were_several() -> None:
    found = trace(curve([1.0, math.nan, math.inf])).last()

    assert isinstance(found, Finding)
    assert "is not a number at step 2 and was not finite at 2 rows up to step 3." in found.sentence


def test_a_finding_tells_of_no_row_that_came_later() -> None:
    earlier = trace(curve([1.0, math.nan, 1.0, math.nan])).at(2)

    assert isinstance(earlier, Finding)
    assert (earlier.last_step, earlier.detected_step) == (2, 2)
    assert "rows" not in earlier.sentence


def test_fires_at_the_count_that_the_pack_asks_for() -> None:
    whole = curve([1.0, math.nan, 1.0, math.nan, 1.0, math.nan, 1.0])

    seen = trace(whole, with_limits(loss_points=3))

    assert seen.status.tolist() == [Status.QUIET] * 5 + [Status.CERTAIN] * 2
    found = seen.last()
    assert isinstance(found, Finding)
    assert found.threshold == 3


def test_gradients_speak_while_too_few_losses_are_broken() -> None:
    gradients = with_gradients([1.0, math.nan, math.nan, math.nan, 1.0])
    losses = gradients.training.loss.copy()
    losses[4] = math.nan
    training = MetricSeries(
        gradients.training.step, gradients.training.epoch, losses, grad_norm=gradients.training.grad_norm
    )

    found = trace(Curve(training), with_limits(loss_points=2)).last()

    assert isinstance(found, Finding)
    assert "gradient" in found.sentence


def test_fires_at_the_count_of_gradients_that_the_pack_asks_for() -> None:
    found = trace(with_gradients([1.0, *[math.inf] * 6]), with_limits(grad_points=5)).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.detected_step, found.threshold) == (2, 6, 5)
    assert "infinite at 5 rows in a row or more, first at step 2" in found.sentence
    assert found.observed == math.inf


def test_says_what_the_gradient_norm_was_when_it_counted() -> None:
    found = trace(with_gradients([math.inf, math.inf, math.nan, math.inf])).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (1, 4, 3)
    assert "has been not a number" in found.sentence


def test_a_gap_of_gradients_must_be_twice_as_long_as_any_before_it() -> None:
    gap = [1.0, math.nan, math.nan, 1.0]

    assert trace(with_gradients([*gap, *[math.nan] * 4])).first() is None
    assert fired(trace(with_gradients([*gap, *[math.nan] * 5]))) == 9


def test_a_longer_gap_of_gradients_raises_what_counts_for_good() -> None:
    gaps = [1.0, math.nan, math.nan, 1.0, math.nan, 1.0]

    assert trace(with_gradients([*gaps, *[math.nan] * 4])).first() is None


def test_the_last_step_of_a_gradient_finding_is_the_last_that_was_broken() -> None:
    found = trace(with_gradients([1.0, math.nan, math.nan, math.nan, 1.0, 1.0])).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (2, 4, 4)


def test_evaluations_alone_are_judged_without_a_training_row() -> None:
    found = trace(Curve(MetricSeries.empty(), series([1.0, math.inf, math.nan], [10, 20, 30]))).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.threshold) == (20, 30, 1)
    assert found.observed == math.inf
    assert "is infinite at 2 evaluations, first at step 20" in found.sentence


def test_a_finding_of_an_evaluation_tells_of_none_that_came_later() -> None:
    whole = curve(falling(30), validation=series([math.nan, 1.0, math.nan], [10, 20, 30]))

    earlier = trace(whole).at(19)

    assert isinstance(earlier, Finding)
    assert earlier.last_step == 10
    assert "at 1 evaluations" in earlier.sentence


def test_an_evaluation_at_the_step_of_a_training_row_is_one_moment() -> None:
    whole = curve([1.0, 0.9], [10, 20], validation=series([1.0, math.nan], [10, 20]))

    assert trace(whole).steps.tolist() == [10, 20]
    assert fired(trace(whole), Status.SUSPECTED) == 20


def test_counts_the_last_of_more_than_two_broken_rows() -> None:
    found = trace(curve([math.nan, 1.0, math.nan, math.nan, 1.0])).last()

    assert isinstance(found, Finding)
    assert "at 3 rows up to step 4." in found.sentence


def test_a_single_gradient_is_enough_where_the_pack_says_so() -> None:
    assert fired(trace(with_gradients([1.0, math.inf, 1.0]), with_limits(grad_points=1))) == 2


def test_tells_of_the_first_time_that_gradients_were_stuck() -> None:
    found = trace(with_gradients([1.0, *[math.nan] * 3, 1.0, *[math.nan] * 7])).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (2, 12, 4)


def test_every_moment_is_a_point_of_its_own() -> None:
    assert trace(curve([1.0, 0.9, 0.8])).have.tolist() == [1, 2, 3]
