"""The boundaries of too hot and too cold; what a rehearsal's verdict is, is tested with the judge.

The levels here swing from row to row by the same amount, so the noise is known: 1.076 times the swing, or
1.0484 times where some rows do not move. Of 30 rows a third has 10 and a fifth has 6, and 2 standard errors
count as 2.33.
"""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from finetune_guard.core.detectors.features import features_of
from finetune_guard.core.detectors.rehearsal import Temperature, temperature
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.metrics.series import Floats
from tests.core.detectors.curves import curve, falling

SWING = np.tile([0.0, -0.1], 15)
#: Five rows up and five down in each third, and one row of each that stands still.
STILL = np.tile([0.0, -0.1, 0.0, -0.1, -0.1, 0.0, -0.1, 0.0, -0.1, 0.0], 3)


def at_levels(levels: Sequence[float] | Floats) -> Temperature:
    """Reads a curve that has these log levels, counted from its first row, which is 2."""
    losses = 0.02 * (101.0 * np.exp(levels) - 1.0)
    return temperature(features_of(curve(losses)))


def thirds(first: float, second: float, third: float) -> Floats:
    return np.repeat([first, second, third], 10)


def test_fires_neither_way_for_a_rehearsal_that_learns() -> None:
    assert temperature(features_of(curve(falling(60)))) == Temperature(None, None)


@pytest.mark.parametrize(("swing", "needed"), [(SWING, 0.1407), (STILL, 0.1371)])
def test_a_last_third_above_the_second_by_two_standard_errors_is_too_hot(
    swing: Floats, needed: float
) -> None:
    below = at_levels(swing + thirds(0.0, -0.5, -0.5 + needed - 0.0005))
    above = at_levels(swing + thirds(0.0, -0.5, -0.5 + needed + 0.0005))

    assert below == Temperature(None, None)
    assert isinstance(above.hot, Finding)
    assert above.cold is None
    assert (above.hot.signal, above.hot.severity) == (Signal.DIVERGENCE, Severity.CRITICAL)
    assert (above.hot.first_step, above.hot.last_step, above.hot.detected_step) == (21, 30, 30)
    assert above.hot.observed == pytest.approx(math.exp(needed + 0.0005))
    assert above.hot.threshold == pytest.approx(math.exp(needed), rel=1e-4)
    assert "the median of the second third" in above.hot.sentence


def test_fewer_rows_ask_for_more_standard_errors() -> None:
    short, swing = np.repeat([0.0, -0.5, -0.5], 4), np.tile([0.0, -0.1], 6)
    end = np.repeat([0.0, 0.0, 1.0], 4)

    assert at_levels(short + swing + 0.268 * end).hot is None
    assert at_levels(short + swing + 0.272 * end).hot is not None


def test_an_end_above_the_first_row_by_two_standard_deviations_is_too_hot() -> None:
    higher = np.append(0.0, np.ones(29))

    below, above = (at_levels(SWING + height * higher) for height in (0.331, 0.333))

    assert below.hot is None
    assert isinstance(above.hot, Finding)
    assert (above.hot.first_step, above.hot.last_step) == (25, 30)
    assert above.hot.observed == pytest.approx(math.exp(0.333 - 0.05))
    assert "times the first row" in above.hot.sentence


def test_an_end_above_the_lowest_level_by_more_than_chance_is_too_hot() -> None:
    dip = np.repeat([0.0, 1.0, 0.0], [2, 8, 20])

    below, above = (at_levels(SWING - depth * dip) for depth in (0.3795, 0.3815))

    assert below.hot is None
    assert isinstance(above.hot, Finding)
    assert above.hot.first_step == 25
    assert above.hot.observed == pytest.approx(math.exp(0.3815))
    assert "times the lowest level reached" in above.hot.sentence


def test_on_a_curve_without_noise_a_fiftieth_counts() -> None:
    assert at_levels(thirds(0.0, 0.0, math.log(1.019))).hot is None
    assert at_levels(thirds(0.0, 0.0, math.log(1.021))).hot is not None
    assert at_levels(np.append(0.0, np.full(29, math.log(1.019)))).hot is None
    assert at_levels(np.append(0.0, np.full(29, math.log(1.021)))).hot is not None


def test_on_a_curve_with_little_noise_a_fiftieth_counts_in_the_last_third() -> None:
    little = 0.07 * SWING

    assert at_levels(little + thirds(0.0, -0.5, -0.5 + math.log(1.019))).hot is None
    found = at_levels(little + thirds(0.0, -0.5, -0.5 + math.log(1.021))).hot
    assert isinstance(found, Finding)
    assert "second third" in found.sentence


def test_more_noise_than_is_believed_hides_no_rise() -> None:
    assert at_levels(10.0 * SWING + thirds(0.0, -2.0, -1.0)).hot is not None


def test_a_descent_of_less_than_two_standard_errors_is_too_cold() -> None:
    cold, learned = (at_levels(SWING + thirds(0.0, -0.07, -depth)) for depth in (0.1366, 0.1376))

    assert learned == Temperature(None, None)
    assert cold.hot is None
    assert isinstance(cold.cold, Finding)
    assert (cold.cold.signal, cold.cold.severity) == (Signal.STAGNATION, Severity.WARNING)
    assert (cold.cold.first_step, cold.cold.last_step, cold.cold.detected_step) == (1, 30, 30)
    assert cold.cold.observed == pytest.approx(1 - math.exp(-0.1366))
    assert cold.cold.threshold == pytest.approx(1 - math.exp(-0.1371), rel=1e-3)
    assert "Over the 30 rows" in cold.cold.sentence
    assert "fell by 12.8%, less than its own noise explains (12.8%)" in cold.cold.sentence


def thrown(height: float, end: float, at: int = 1) -> Floats:
    """Three rows up, then a level at which the rehearsal ends; no noise but two rows of it."""
    levels = np.full(30, end)
    levels[:at] = 0.0
    levels[at : at + 3] = height
    return levels


def test_a_loss_thrown_up_early_that_only_comes_back_to_where_it_began_is_too_hot() -> None:
    below, above = (at_levels(thrown(height, -0.01)) for height in (math.log(1.499), math.log(1.501)))

    assert below.hot is None
    assert isinstance(above.hot, Finding)
    assert (above.hot.first_step, above.hot.last_step, above.hot.detected_step) == (2, 30, 30)
    assert above.hot.observed == pytest.approx(1.501)
    assert above.hot.threshold == pytest.approx(1.5)
    assert "thrown up to 1.50 times the first row" in above.hot.sentence


def test_two_rows_thrown_up_at_once_after_the_first_are_enough() -> None:
    levels = np.append([0.0, 1.0, 1.0], np.zeros(27))

    assert at_levels(levels).hot is not None
    assert at_levels(np.append([0.0, 1.0], np.zeros(28))).hot is None


def test_the_shortest_rehearsal_that_is_judged_may_be_thrown_up_too() -> None:
    assert at_levels(np.append([0.0, 1.0, 1.0], np.zeros(7))).hot is not None


def test_noise_asks_for_a_higher_throw() -> None:
    swing = 2.0 * SWING

    below, above = (at_levels(swing + thrown(height, -0.1)) for height in (1.152, 1.156))

    assert below.hot is None
    assert isinstance(above.hot, Finding)
    assert "thrown up" in above.hot.sentence


def test_a_loss_thrown_up_early_that_then_falls_clearly_below_its_first_row_is_not_too_hot() -> None:
    swing = 0.5 * SWING

    learned, not_clearly = (at_levels(swing + thrown(2.0, end)) for end in (-0.118, -0.114))

    assert learned.hot is None
    assert not_clearly.hot is not None


def test_a_loss_thrown_up_after_the_first_third_says_nothing_of_the_rate() -> None:
    assert at_levels(thrown(1.0, 0.0, at=7)).hot is not None
    assert at_levels(thrown(1.0, 0.0, at=10)).hot is None
