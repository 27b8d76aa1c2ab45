"""Rises: where they begin, how high their thirds stand, and what noise explains."""

import math
from dataclasses import replace

import numpy as np
import pytest

from finetune_guard.core.detectors.episodes import (
    Rises,
    beyond_noise,
    capped_noise,
    reference,
    rises_above,
)
from finetune_guard.core.detectors.features import Features, features_of
from finetune_guard.core.metrics.series import Floats
from tests.core.detectors.curves import curve, prepared


def rises_of(losses: Floats, floor: float = 0.1) -> tuple[Rises, Features]:
    features = features_of(curve(losses))
    return rises_above(features, reference(features), np.full(len(features), floor)), features


def steps_up(before: int, after: int) -> Floats:
    """A level of 1, with a row of noise here and there, then a staircase upwards."""
    return np.append(1.0 + 0.01 * (np.arange(before) % 2), 1.5 + 0.1 * np.arange(after))


def test_a_rise_begins_with_its_first_row_and_counts_its_rows() -> None:
    rises, _ = rises_of(steps_up(40, 10))

    assert rises.begins[40:].tolist() == [40] * 10
    assert rises.rows[40:].tolist() == list(range(1, 11))
    assert rises.inside.tolist() == [False] * 40 + [True] * 10
    assert rises.share[40:] == pytest.approx(np.arange(1, 11) / 50)


def test_a_row_in_no_rise_begins_with_itself() -> None:
    rises, _ = rises_of(steps_up(40, 2))

    assert rises.begins[:40].tolist() == list(range(40))


def test_a_single_low_row_does_not_end_a_rise_and_two_do() -> None:
    losses = steps_up(40, 10)
    losses[45] = 1.0
    one, _ = rises_of(losses)
    losses[46] = 1.0
    two, _ = rises_of(losses)

    assert one.begins[-1] == 40
    assert two.begins[-1] == 47


def test_thirds_are_means_of_levels_above_the_reference() -> None:
    rises, features = rises_of(steps_up(40, 9))
    above = features.level[40:] - reference(features)[-1]

    assert rises.early[-1] == pytest.approx(above[:3].mean())
    assert rises.middle[-1] == pytest.approx(above[3:6].mean())
    assert rises.late[-1] == pytest.approx(above[6:].mean())


@pytest.mark.parametrize(("rows", "third"), [(1, 1), (2, 2), (5, 2), (9, 3), (12, 4)])
def test_a_third_has_at_least_two_rows_where_there_are_two(rows: int, third: int) -> None:
    rises, features = rises_of(steps_up(40, rows))
    above = features.level[40:] - reference(features)[-1]

    assert rises.late[-1] == pytest.approx(above[-third:].mean())
    assert rises.error[-1] == pytest.approx(rises.noise[-1] / math.sqrt(third))
    assert rises.doubt[-1] == pytest.approx(
        rises.noise[-1] * (2.5 / math.sqrt(third) + features.chance_depth[-1])
    )


def test_the_noise_is_that_of_the_row_before_the_rise_once_the_curve_has_shown_its_own() -> None:
    rises, features = rises_of(steps_up(40, 10))

    assert rises.noise[-1] == features.noise[39]


@pytest.mark.parametrize(("before", "later"), [(11, True), (12, False)])
def test_a_rise_that_begins_early_is_measured_with_what_is_shown_later(before: int, later: bool) -> None:
    losses = np.append(
        np.geomspace(8, 1, before) * np.exp(0.3 * (np.arange(before)[::-1] % 3)), np.full(60, 6.0)
    )
    rises, features = rises_of(losses)
    then, now = min(float(features.noise[before - 1]), 0.4), float(features.noise[-1])

    assert now < then
    assert rises.begins[-1] == before
    assert rises.noise[-1] == (now if later else then)


def test_more_noise_than_four_tenths_is_not_believed() -> None:
    losses = np.exp(np.random.default_rng(1).normal(0, 1.5, 80))
    rises, features = rises_of(losses)

    assert features.noise.max() > 0.4
    assert rises.noise.max() == 0.4
    assert capped_noise(features).max() == 0.4


def test_nothing_rises_once_a_loss_was_below_zero() -> None:
    losses = steps_up(40, 10)
    losses[20] = -0.1

    assert not rises_of(losses)[0].inside.any()


def test_a_rise_of_zero_losses_is_still_one() -> None:
    losses = steps_up(40, 10)
    losses[20] = 0.0

    assert rises_of(losses)[0].inside[-1]


def test_the_reference_is_the_lowest_level_before_the_row() -> None:
    features = features_of(curve(np.geomspace(4, 1, 30)))

    assert reference(features)[0] == features.lowest[0]
    assert reference(features)[1:].tolist() == features.lowest[:-1].tolist()


def test_the_height_that_is_needed_is_the_larger_of_two() -> None:
    rises, _ = rises_of(np.exp(np.random.default_rng(0).normal(0, 0.1, 60)))
    needed = beyond_noise(1.4, 0.7, rises)

    first, second = math.log(1.4) + 0.7 * rises.noise, 0.5 * math.log(1.4) + rises.doubt
    assert needed == pytest.approx(np.maximum(first, second))
    assert (first > second).any() or (second > first).any()


@pytest.mark.parametrize(
    ("early", "lost", "share", "back"),
    [
        (1.0, 0.31, 0.1, True),
        (1.0, 0.29, 0.1, False),
        (1.0, 0.31, 0.2, False),
        (2.0, 0.61, 0.1, True),
        (2.0, 0.59, 0.1, False),
        (0.5, 0.16, 0.1, True),
        (0.5, 0.14, 0.1, False),
        (-0.1, 0.01, 0.1, True),
        (0.0, 0.0, 0.1, False),
    ],
)
def test_a_rise_is_on_its_way_back_by_what_it_lost_and_for_so_long(
    early: float, lost: float, share: float, back: bool
) -> None:
    one = np.array([1.0])
    rises = Rises(
        inside=np.array([True]),
        begins=np.array([0]),
        rows=np.array([9]),
        share=np.array([share]),
        early=early * one,
        middle=one,
        late=early * one - lost,
        noise=one,
        error=one,
        doubt=one,
    )

    assert rises.returning(0.3, 0.2).tolist() == [back]


@pytest.mark.parametrize(("height", "inside"), [(0.5, False), (0.501, True)])
def test_a_row_is_in_a_rise_above_the_floor_and_not_at_it(height: float, inside: bool) -> None:
    features = prepared([0.0] * 20 + [height] * 3)

    assert rises_above(features, reference(features), np.full(23, 0.5)).inside[-1] == inside


def test_a_rise_can_begin_with_the_first_row() -> None:
    features = replace(prepared([0.5, 0.5, 0.5, 0.8, 0.8]), noise=np.linspace(0.01, 0.05, 5))
    rises = rises_above(features, reference(features), np.full(5, 0.1))

    assert rises.begins.tolist() == [0] * 5
    assert rises.early == pytest.approx(np.full(5, 0.5))
    assert rises.noise == pytest.approx(np.full(5, 0.01))


@pytest.mark.parametrize("before", [1, 20])
def test_the_noise_of_a_rise_is_that_of_the_row_right_before_it(before: int) -> None:
    rows = before + 5
    features = replace(prepared([0.0] * before + [0.5] * 5), noise=np.linspace(0.01, 0.01 * rows, rows))
    rises = rises_above(features, reference(features), np.full(rows, 0.1))

    assert rises.noise[before:] == pytest.approx(np.full(5, 0.01 * before))
