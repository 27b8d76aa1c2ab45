"""What detectors share: level, noise off the trend, chance depth, progress."""

import math

import numpy as np
import pytest

from finetune_guard.core.detectors.features import features_of, width_at
from tests.core.detectors.curves import curve


def test_the_level_is_the_logarithm_of_the_loss_and_one_percent_of_the_first_positive_one() -> None:
    features = features_of(curve([0.0, 2.0, 1.0, 0.5]))

    assert features.level == pytest.approx(np.log(np.array([0.0, 2.0, 1.0, 0.5]) / 0.02 + 1))


def test_the_smallest_noise_is_believed_only_after_twelve_moves() -> None:
    features = features_of(curve([1.0] * 20))

    assert features.noise[:14] == pytest.approx(0.06 * np.maximum(1 - np.arange(14) / 12, 0))


@pytest.mark.parametrize("rows", [60, 300])
def test_the_noise_of_normal_rows_is_their_standard_deviation(rows: int) -> None:
    last = [
        features_of(curve(np.exp(np.random.default_rng(seed).normal(0, 0.1, rows)))).noise[-1]
        for seed in range(200)
    ]

    assert np.mean(last) == pytest.approx(0.1, rel=0.1)


def test_a_steep_even_fall_is_not_noisy() -> None:
    assert features_of(curve(np.geomspace(100, 1, 40))).noise[-1] < 0.02


def test_a_loss_that_goes_up_and_down_in_turn_is_noisy() -> None:
    assert features_of(curve(np.exp(0.1 * np.resize([1, -1], 60)))).noise[-1] == pytest.approx(
        0.226, rel=0.05
    )


def test_the_long_memory_of_the_noise_holds_a_hundred_rows_and_every_fourth_of_them() -> None:
    rng = np.random.default_rng(0)
    losses = np.exp(np.append(rng.normal(0, 0.2, 100), rng.normal(0, 0.001, 100)))
    noise = features_of(curve(losses)).noise

    assert noise[140] > 0.03
    assert noise[160] < 0.01


def test_the_long_memory_says_nothing_before_fifty_moves() -> None:
    rng = np.random.default_rng(0)
    losses = np.exp(np.append(rng.normal(0, 0.2, 10), rng.normal(0, 0.001, 60)))
    noise = features_of(curve(losses)).noise

    assert noise[45] < 0.01


def test_the_chance_depth_is_of_as_many_medians_as_there_were_when_the_lowest_was_reached() -> None:
    features = features_of(curve(np.append(np.geomspace(4, 1, 80), np.full(40, 2.0))))

    assert features.chance_depth[-1] == pytest.approx(
        1.2533 / math.sqrt(10) * math.sqrt(2 * math.log(80 / 10)), rel=0.02
    )
    assert features.chance_depth[0] == pytest.approx(1.2533 * math.sqrt(2 * math.log(2)))


@pytest.mark.parametrize(("rows", "width"), [(1, 1), (2, 2), (3, 3), (31, 3), (32, 4), (199, 24), (400, 25)])
def test_a_median_is_an_eighth_of_the_rows_wide_three_to_twenty_five(rows: int, width: int) -> None:
    assert width_at(np.array([rows])).tolist() == [width]


def test_a_median_over_another_share_has_its_own_bounds() -> None:
    assert width_at(np.array([2, 95, 128, 900]), 32, 9).tolist() == [2, 3, 4, 9]


def test_without_a_plan_as_many_rows_are_to_come_as_were_seen_and_at_least_thirty() -> None:
    known = curve([1.0] * 100, steps=list(range(10, 1010, 10)))
    features = features_of(type(known)(known.training, known.validation, None))

    assert features.total[9] == 100 + 300
    assert features.total[99] == 2000
    assert features.progress[99] == 0.5


def test_progress_counts_from_the_first_row_to_the_plan() -> None:
    features = features_of(curve([1.0] * 10, steps=list(range(10, 110, 10)), planned=200))

    assert features.progress[1:] == pytest.approx(np.arange(2, 11) / 20)
    assert features.share_before(np.full(10, 4))[-1] == pytest.approx(0.25)


def test_a_run_that_goes_beyond_its_plan_is_over() -> None:
    assert features_of(curve([1.0] * 20, planned=10)).progress[-1] == 1.0


def test_a_loss_below_zero_is_remembered_and_zero_is_none() -> None:
    assert features_of(curve([1.0, 0.0, -0.1, 1.0])).positive.tolist() == [True, True, False, False]
