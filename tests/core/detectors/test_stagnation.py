import math

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from tests.core.detectors.curves import curve, falling, fired, trace_of


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.STAGNATION, whole)


def flat(level: float, rows: int = 60) -> Floats:
    losses: Floats = level * (1 + 0.004 * np.sin(np.arange(rows) * 1.7))
    return losses


@pytest.mark.parametrize("classes", [2, 4, 10, 50_257])
def test_fires_where_the_loss_stands_at_random_answers_from_the_start(classes: int) -> None:
    found = trace(curve(flat(math.log(classes)))).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert found.detected_step == 19
    assert f"random answers among {classes}" in found.sentence


def test_a_flat_loss_at_no_chance_level_is_quiet() -> None:
    assert trace(curve(flat(1.85))).first() is None


def test_a_loss_that_leaves_the_chance_level_late_is_quiet_again() -> None:
    losses = np.concatenate([flat(math.log(4), 40), np.linspace(1.3, 0.5, 20)])

    seen = trace(curve(losses))

    assert seen.first() is not None
    assert not isinstance(seen.last(), Finding)


def test_a_run_that_passes_a_chance_level_on_its_way_down_is_quiet() -> None:
    assert trace(curve(math.log(2) * falling(200))).first() is None


def test_is_not_said_in_the_first_third_of_the_run() -> None:
    assert fired(trace(curve(flat(math.log(4)), planned=1000))) is None


def test_nine_rows_are_too_short() -> None:
    answer = trace(curve(flat(math.log(4), 9))).last()

    assert isinstance(answer, NotEnoughData)
    assert answer.need == 10
