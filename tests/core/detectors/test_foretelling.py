import numpy as np
import pytest

from finetune_guard.core.detectors import foretelling
from finetune_guard.core.detectors.foretelling import Stretch, moments
from finetune_guard.core.detectors.running import running_sums
from finetune_guard.core.metrics.series import Floats
from finetune_guard.core.thresholds import ThresholdPack
from tests.core.detectors.order import in_order, swinging

LIMITS = ThresholdPack().oscillation


def said(level: Floats, starts: list[int], stops: list[int]) -> list[bool]:
    start, stop = np.array(starts, dtype=np.int64), np.array(stops, dtype=np.int64)
    sums = running_sums(level), running_sums(level * level)
    stretch = Stretch(start, stop - start, *moments(sums, start, stop))
    return [bool(one) for one in foretelling.in_order(level, sums, stretch, LIMITS)]


@pytest.mark.parametrize("seed", range(24))
def test_every_stretch_is_judged_as_when_it_is_read_alone(seed: int) -> None:
    level = np.log(swinging(seed, 120))
    starts = [stop - rows for rows in (12, 18, 19, 31, 64) for stop in range(rows, 121, 3)]
    stops = [stop for rows in (12, 18, 19, 31, 64) for stop in range(rows, 121, 3)]

    expected = [in_order(level[a:b]) for a, b in zip(starts, stops, strict=True)]

    assert said(level, starts, stops) == expected


def test_swings_with_an_order_are_told_from_noise() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.3, 60)
    wave = 0.4 * np.sin(np.arange(60)) + 0.2 * noise

    assert said(wave, [0], [60]) == [True]
    assert said(noise, [0], [60]) == [False]


@pytest.mark.parametrize("at", [20, 30, 40, 50])
def test_a_jump_in_noise_is_no_order(at: int) -> None:
    level = np.random.default_rng(1).normal(0.0, 0.2, 60)
    level[at:] += 1.5

    assert said(level, [0], [60]) == [False]


def test_no_stretch_has_no_answer() -> None:
    assert said(np.zeros(20), [], []) == []
