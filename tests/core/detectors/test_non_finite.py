import math

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.findings import Finding, Quiet, Severity, Signal
from finetune_guard.core.metrics.series import Curve, MetricSeries
from tests.core.detectors.curves import curve, falling, fired, series, trace_of


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.NON_FINITE, whole)


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
