"""What detectors share: level, noise off the trend, chance depth, progress."""

import math

import numpy as np
import pytest

from finetune_guard.core.detectors.features import features_of, width_at
from tests.core.detectors.curves import curve, falling


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
    assert noise[155] < 0.01


def test_the_long_memory_says_nothing_before_fifty_moves() -> None:
    rng = np.random.default_rng(0)
    losses = np.exp(np.append(rng.normal(0, 0.2, 10), rng.normal(0, 0.001, 60)))
    noise = features_of(curve(losses)).noise

    assert noise[45] < 0.01


def test_the_chance_depth_is_of_as_many_medians_as_there_were_when_the_lowest_was_reached() -> None:
    features = features_of(curve(np.append(np.geomspace(4, 1, 80), np.full(40, 2.0))))

    assert features.chance_depth[-1] == pytest.approx(
        1.2533 / math.sqrt(9) * math.sqrt(2 * math.log(80 / 9)), rel=0.02
    )
    assert features.chance_depth[0] == pytest.approx(1.2533 * math.sqrt(2 * math.log(2)))


@pytest.mark.parametrize(("rows", "width"), [(1, 1), (2, 2), (3, 3), (32, 3), (33, 4), (200, 24), (400, 25)])
def test_a_median_is_an_eighth_of_the_rows_wide_three_to_twenty_five(rows: int, width: int) -> None:
    assert width_at(np.array([rows])).tolist() == [width]


@pytest.mark.parametrize("rows", [5, 32, 33, 64, 65, 200, 201, 400])
def test_the_running_median_is_as_wide_as_is_told(rows: int) -> None:
    features = features_of(curve(falling(400, noise=0.1)))
    width = int(width_at(np.array([rows]))[0])

    assert features.smooth[rows - 1] == pytest.approx(np.median(features.level[rows - width : rows]))


def test_a_median_over_another_share_has_its_own_bounds() -> None:
    assert width_at(np.array([2, 96, 129, 900]), 32, 9).tolist() == [2, 3, 4, 9]


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


def test_the_first_positive_loss_counts_however_small() -> None:
    assert features_of(curve([0.0, 0.5, 2.0])).level[1] == pytest.approx(math.log(101))


def test_a_curve_without_a_positive_loss_is_level() -> None:
    assert features_of(curve([0.0, 0.0, 0.0])).level.tolist() == [0.0] * 3


def test_one_row_has_the_noise_that_is_taken_until_more_is_known() -> None:
    assert features_of(curve([2.0])).noise.tolist() == [0.06]


def test_no_rows_have_no_features() -> None:
    features = features_of(curve([]))

    assert len(features) == len(features.noise) == len(features.total) == len(features.progress) == 0


def test_a_trend_is_taken_off_from_the_fifth_move_on() -> None:
    noise = features_of(curve(np.exp(0.3 * np.arange(20)))).noise

    assert noise[8] == pytest.approx(1.13 * 0.15, rel=0.02)
    assert noise[9] == pytest.approx(0.06 * 3 / 12, abs=0.002)


def test_the_noise_is_the_median_of_twenty_five_moves() -> None:
    """28 moves up and down, then none: 13 of these outweigh 12 of those, the first is still off the trend."""
    moves = np.concatenate([0.1 * np.resize([1.0, -1.0], 28), np.zeros(20)])
    noise = features_of(curve(np.exp(np.append(0.0, np.cumsum(moves))))).noise

    assert np.flatnonzero(noise[20:] < 0.01)[0] + 20 == 42


def test_the_long_memory_speaks_from_its_fiftieth_move_on() -> None:
    rng = np.random.default_rng(0)
    losses = np.exp(np.append(rng.normal(0, 0.4, 30), rng.normal(0, 0.001, 60)))
    noise = features_of(curve(losses)).noise

    assert noise[50] < 0.01
    assert noise[51] > 0.03


def test_the_chance_depth_of_a_flat_curve_is_that_of_its_first_row() -> None:
    depth = features_of(curve([1.0] * 20)).chance_depth

    assert depth == pytest.approx(np.full(20, 1.2533 * math.sqrt(2 * math.log(2))))


def test_a_share_of_the_run_is_between_two_rows_with_both_of_them() -> None:
    features = features_of(curve([1.0] * 10, steps=list(range(10, 110, 10)), planned=200))

    assert features.share_since(np.full(10, 4))[-1] == pytest.approx(0.3)


def test_rows_are_one_step_apart_until_there_are_two() -> None:
    features = features_of(curve([1.0] * 3, steps=[10, 40, 50], planned=59))

    assert features.spacing.tolist() == [1.0, 30.0, 20.0]
    assert features.progress[0] == pytest.approx(1 / 50)
