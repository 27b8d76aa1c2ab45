import math

import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve
from tests.core.detectors.curves import curve, falling, fired, series, trace_of


def trace(evaluations: list[float], training: Curve | None = None) -> Trace:
    """Evaluations at steps 10, 20, … of a run that learns."""
    steps = [10 * (place + 1) for place in range(len(evaluations))]
    seen = (training or curve(falling(10 * len(evaluations)))).training
    return trace_of(Signal.OVERFITTING, Curve(seen, series(evaluations, steps)))


def test_warns_at_the_second_evaluation_that_is_clearly_above_the_lowest() -> None:
    found = trace([2.0, 1.5, 1.2, 1.26, 1.32, 1.4]).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert (found.first_step, found.detected_step) == (30, 50)
    assert found.observed == pytest.approx(1.4 / 1.2 - 1)
    assert "lowest at step 30" in found.sentence


def test_warns_at_once_when_one_evaluation_is_far_above() -> None:
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
