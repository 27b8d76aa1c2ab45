import math

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import PACK, curve, falling, fired, trace_of

CHANCES = [2, 3, 4, 5, 6, 8, 10, 20, 100, 1_000, 32_000, 50_257, 128_256, 151_936, 256_000]


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.STAGNATION, whole)


def flat(level: float, rows: int = 60) -> Floats:
    losses: Floats = level * (1 + 0.004 * np.sin(np.arange(rows) * 1.7))
    return losses


@pytest.mark.parametrize("classes", CHANCES)
def test_fires_where_the_loss_stands_at_random_answers_from_the_start(classes: int) -> None:
    found = trace(curve(flat(math.log(classes)))).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert found.detected_step == 19
    assert f"random answers among {classes} " in found.sentence


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
    assert (answer.have, answer.need) == (9, 10)


def test_ten_rows_are_enough_where_they_are_a_third_of_the_run() -> None:
    assert fired(trace(curve(flat(math.log(4), 10), planned=30))) == 10


def test_says_what_was_seen_against_what() -> None:
    found = trace(curve([math.log(4)] * 60, steps=[*range(5, 65)], planned=64)).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (5, 64, 23)
    assert found.observed == pytest.approx(0.0, abs=1e-9)
    assert found.threshold == 0.03
    assert "After 60 rows the loss has stood near 1.386" in found.sentence
    assert "it gained 0.0% (less than 3% is flat)" in found.sentence


@pytest.mark.parametrize("distance", [0.011, -0.011])
def test_a_loss_within_the_band_around_a_chance_level_stands_at_it(distance: float) -> None:
    assert fired(trace(curve(np.full(60, math.log(4) * (1 + distance))))) == 19


@pytest.mark.parametrize("distance", [0.013, -0.013])
def test_a_loss_beyond_the_band_around_a_chance_level_does_not(distance: float) -> None:
    assert trace(curve(np.full(60, math.log(4) * (1 + distance)))).first() is None


def test_the_band_is_a_share_of_the_level() -> None:
    wide = override(PACK, {"stagnation.chance_band": 0.1})
    assert isinstance(wide, ThresholdPack)
    between = np.full(60, math.log(4) * 1.06)

    assert fired(trace_of(Signal.STAGNATION, curve(between), wide)) == 19


def dipping(at: int, share: float, rows: int = 3) -> Floats:
    losses = np.full(60, math.log(4))
    losses[at : at + rows] *= 1 - share
    return losses


def test_a_gain_of_less_than_the_threshold_is_flat() -> None:
    assert isinstance(trace(curve(dipping(10, 0.028))).last(), Finding)


def test_a_gain_of_more_than_the_threshold_is_learning() -> None:
    assert trace(curve(dipping(10, 0.033))).first() is None


def test_what_the_first_five_rows_reached_is_no_gain() -> None:
    assert isinstance(trace(curve(dipping(3, 0.05, rows=2))).last(), Finding)
    assert trace(curve(dipping(4, 0.05, rows=2))).first() is None


def test_a_loss_that_began_elsewhere_has_not_stood_there_from_the_start() -> None:
    losses = np.full(60, math.log(4))
    losses[:20] *= 0.946

    assert trace(curve(losses)).first() is None


def test_a_loss_whose_mean_is_still_near_but_that_has_left_is_quiet() -> None:
    losses = np.full(85, math.log(4))
    losses[60:] *= 1.018

    seen = trace(curve(losses))

    assert seen.first() is not None
    assert not isinstance(seen.last(), Finding)


def test_an_empty_curve_has_none_of_the_rows_that_are_needed() -> None:
    answer = trace(curve([])).last()

    assert isinstance(answer, NotEnoughData)
    assert (answer.have, answer.need) == (0, 10)
