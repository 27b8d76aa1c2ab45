"""Rises that stay: each harmless explanation, by itself."""

import math
from dataclasses import replace

import numpy as np
import pytest

from finetune_guard.core.detectors.episodes import reference
from finetune_guard.core.detectors.features import Features, features_of
from finetune_guard.core.detectors.lasting import Lasting, lasting
from finetune_guard.core.limits import DivergenceLimits
from finetune_guard.core.metrics.series import Curve, Floats
from tests.core.detectors.curves import curve, prepared

LIMITS = DivergenceLimits(wait_points=3, wait_share=0.055, steadiness=0.0)


def seen(losses: Floats, limits: DivergenceLimits = LIMITS, planned: bool = True) -> Lasting:
    whole = curve(losses)
    known = whole if planned else Curve(whole.training, whole.validation, None)
    features = features_of(known)
    return lasting(features, reference(features), limits, limits)


def first(found: Lasting) -> int | None:
    """Index of the first row at which a rise has lasted."""
    rows = np.flatnonzero(found.fires)
    return int(rows[0]) if len(rows) else None


def quiet_then(*rows: float, before: int = 30) -> Floats:
    """A level near 1 and rows at these heights."""
    return np.append(1.0 + 0.005 * (np.arange(before) % 2), rows)


def test_a_jump_lasts_with_its_fourth_row() -> None:
    assert first(seen(quiet_then(*[2.0, 2.1, 1.9, 2.0, 2.1, 2.0]))) == 33


@pytest.mark.parametrize(("rows", "at"), [(100, 45), (200, 51)])
def test_a_longer_run_waits_for_its_share(rows: int, at: int) -> None:
    losses = quiet_then(*(2.0 + 0.1 * (np.arange(rows - 40) % 2)), before=40)

    assert first(seen(losses)) == at


def test_an_even_climb_lasts_with_its_third_row_and_only_with_a_plan() -> None:
    losses = quiet_then(1.18, 1.38, 1.62, 1.9, 2.2)

    assert first(seen(losses)) == 32
    assert first(seen(losses, planned=False)) != 32


def test_more_steadiness_asks_for_more_even_climbs() -> None:
    limits = DivergenceLimits(steadiness=100.0)

    assert first(seen(quiet_then(1.18, 1.38, 1.62, 1.9, 2.2), limits)) == 33


def test_an_even_climb_that_is_a_small_share_of_the_run_is_waited_for() -> None:
    losses = quiet_then(1.18, 1.38, 1.62, 1.9, *[2.2] * 40)

    assert first(seen(losses)) == 34


def test_a_rise_below_the_ratio_never_lasts() -> None:
    assert first(seen(quiet_then(*[1.35] * 20))) is None
    assert first(seen(quiet_then(*[1.45] * 20))) is not None


def test_a_rise_whose_newest_row_is_back_does_not_last() -> None:
    assert first(seen(quiet_then(2.0, 2.0, 2.0, 1.2, 1.0, 1.0, 1.0))) is None


def test_newest_rows_that_fall_one_after_the_other_are_waited_for() -> None:
    falls = quiet_then(4.0, 4.2, 3.6, 3.0, 3.1, 3.0, 3.1)
    stays = quiet_then(4.0, 4.2, 4.0, 4.1, 4.0, 4.1, 4.0)

    assert first(seen(stays)) == 33
    assert first(seen(falls)) == 34


def test_a_fall_within_the_noise_is_no_return() -> None:
    assert first(seen(quiet_then(4.0, 4.2, 4.1, 4.0, 4.1))) == 33


def test_a_rise_that_loses_a_third_of_its_height_is_on_its_way_back() -> None:
    back = quiet_then(4.0, 4.0, 2.2, 2.2, 2.2, 2.2, 2.2, before=60)

    assert first(seen(back)) is None


def test_a_blow_up_that_falls_and_does_not_come_back_is_excused_for_a_fifth_of_the_run() -> None:
    losses = quiet_then(*np.geomspace(6.0, 2.0, 6), *[2.0] * 64)

    assert first(seen(losses)) == 49


def test_a_hump_of_the_warm_up_is_excused_until_it_is_too_high() -> None:
    start = np.append(np.geomspace(2, 1, 4), [1.6] * 9)
    rest = np.geomspace(1.0, 0.5, 100)
    low, high = np.append(start, rest), np.append(np.where(start == 1.6, 2.4, start), rest)

    assert first(seen(low)) is None
    assert first(seen(high)) is not None


@pytest.mark.parametrize(
    ("rows", "sudden"),
    [
        ((2.0, 2.0, 2.0, 2.0), True),
        ((1.2, 2.0, 2.0, 2.0, 2.0), True),
        ((1.35, 1.35, 2.0, 2.0, 2.0, 2.0, 2.0), False),
        ((1.15, 1.2, 1.3, 2.0, 2.0, 2.0, 2.0), False),
    ],
)
def test_a_jump_has_most_of_its_height_by_its_third_row(rows: tuple[float, ...], sudden: bool) -> None:
    assert seen(quiet_then(*rows)).sudden[-1] == sudden


WAITING = DivergenceLimits(ratio=math.e, steadiness=1000.0, warm_up_share=0.0)
#: As above, but an even climb may be called early.
CALLING = replace(WAITING, steadiness=0.0)


def made(*rise: float, noise: float = 0.0, planned: int = 100, before: int = 30) -> Features:
    """A curve by its log levels: exactly 0, then these rows, with this noise at each."""
    return prepared(np.append(np.zeros(before), rise), noise, planned)


def found_in(features: Features, limits: DivergenceLimits = WAITING) -> Lasting:
    """Rises above 0; on a curve without noise they must be more than 1 high."""
    return lasting(features, reference(features), limits, limits)


@pytest.mark.parametrize(
    ("height", "noise", "inside"),
    [(0.094, 0.0, False), (0.097, 0.0, True), (0.19, 0.1, False), (0.2, 0.1, True)],
)
def test_a_row_counts_as_risen_from_a_tenth_and_its_noise_on(
    height: float, noise: float, inside: bool
) -> None:
    assert found_in(made(height, height, height, noise=noise)).rises.inside[-1] == inside


@pytest.mark.parametrize(("height", "fires"), [(1.0, False), (1.001, True)])
def test_the_last_third_must_stand_above_the_height(height: float, fires: bool) -> None:
    assert found_in(made(*[height] * 9)).fires[-1] == fires


@pytest.mark.parametrize(("height", "fires"), [(1.13, False), (1.15, True)])
def test_the_noise_of_a_row_is_added_to_the_height(height: float, fires: bool) -> None:
    assert found_in(made(*[height] * 30, noise=0.2)).fires[-1] == fires


@pytest.mark.parametrize(
    ("newest", "fires"),
    [
        ((1.3, 1.3, 0.81), True),
        ((1.3, 1.3, 0.79), False),
        ((0.79, 0.79, 1.3), False),
        ((0.81, 0.81, 1.3), True),
        ((1.3, 1.3, 0.8), False),
    ],
)
def test_the_newest_row_and_the_newest_median_must_have_four_fifths_of_the_height(
    newest: tuple[float, ...], fires: bool
) -> None:
    assert found_in(made(*[1.3] * 18, *newest)).fires[-1] == fires


@pytest.mark.parametrize(("low", "at"), [(0.31, 35), (0.29, 38)])
def test_a_row_counts_against_a_blip_from_three_tenths_of_the_height_on(low: float, at: int) -> None:
    assert first(found_in(made(*[low] * 3, *[1.5] * 10))) == at


def test_rows_that_were_up_before_the_rise_do_not_count_against_a_blip() -> None:
    earlier = made(*[1.5] * 4, *[0.0] * 20, *[1.5] * 10)

    assert first(found_in(earlier)) == 59


@pytest.mark.parametrize(("planned", "at"), [(50, 33), (60, 33), (72, 33), (73, 34), (90, 34), (91, 35)])
def test_a_blip_lasts_three_rows_or_its_share_of_the_run(planned: int, at: int) -> None:
    assert first(found_in(made(*[1.5] * 10, planned=planned))) == at


def test_the_share_of_a_blip_is_exceeded_and_not_only_reached() -> None:
    found = found_in(made(*[1.5] * 10), replace(WAITING, wait_share=0.0625, wait_points=1))
    even = found_in(made(*[1.5] * 10, planned=64), replace(WAITING, wait_share=0.0625, wait_points=1))

    assert first(found) == 36
    assert first(even) == 34


@pytest.mark.parametrize("step", [1, 50])
def test_rows_that_are_steps_apart_wait_as_long(step: int) -> None:
    losses = np.append(np.full(50, 1.0), np.full(20, 4.0))
    whole = curve(losses, steps=list(range(step, 70 * step + 1, step)), planned=100 * step)
    features = features_of(whole)

    assert first(lasting(features, reference(features), WAITING, WAITING)) == 55


@pytest.mark.parametrize(("planned", "at"), [(50, 32), (54, 32), (55, 33)])
def test_an_even_climb_is_called_with_its_third_row_when_that_is_more_than_the_share(
    planned: int, at: int
) -> None:
    climb = made(0.45, 0.9, 1.35, 1.8, 2.25, planned=planned)

    assert first(found_in(climb, CALLING)) == at
    assert first(found_in(climb)) == 33


def test_the_share_of_a_climb_is_exceeded_and_not_only_reached() -> None:
    climb = made(0.45, 0.9, 1.35, 1.8, 2.25, planned=48)

    assert first(found_in(climb, replace(CALLING, wait_share=0.0625))) == 33


@pytest.mark.parametrize(("points", "at"), [(3, 32), (4, 33), (5, 34)])
def test_an_even_climb_is_called_one_row_before_a_jump(points: int, at: int) -> None:
    climb = made(0.45, 0.9, 1.35, 1.8, 2.25, 2.7, 3.15, planned=50)

    assert first(found_in(climb, replace(CALLING, wait_points=points))) == at
    assert first(found_in(climb, replace(WAITING, wait_points=points))) == at + 1


@pytest.mark.parametrize(("late", "fires"), [(1.45, True), (1.35, False)])
def test_a_rise_that_lost_three_tenths_of_its_beginning_is_on_its_way_back(late: float, fires: bool) -> None:
    assert found_in(made(*[2.0] * 3, *[late] * 6)).fires[-1] == fires


def test_a_return_is_waited_for_until_a_fifth_of_the_run() -> None:
    found = found_in(made(*[4.0] * 5, *[1.5] * 25))

    assert np.flatnonzero(found.fires[36:])[0] + 36 == 49


@pytest.mark.parametrize(
    ("newest", "noise", "fires"),
    [
        ((1.85, 1.71), 0.0, True),
        ((1.85, 1.69), 0.0, False),
        ((1.8, 1.61), 0.2, True),
        ((1.8, 1.59), 0.2, False),
        ((1.75, 1.5), 0.25, True),
        ((2.0, 1.5), 0.0, True),
        ((1.5, 1.5), 0.0, True),
        ((1.5, 1.6), 0.0, True),
        ((1.7, 1.5), 0.0, False),
    ],
)
def test_two_falling_rows_excuse_a_rise_by_their_depth_in_noises_and_in_height(
    newest: tuple[float, float], noise: float, fires: bool
) -> None:
    assert found_in(made(*[2.0] * 7, *newest, noise=noise)).fires[-1] == fires


def test_falling_rows_are_waited_for_until_a_fifth_of_the_run() -> None:
    found = found_in(made(*np.resize([1.8, 1.5, 2.0], 30)))
    excused = np.flatnonzero(~found.fires)

    assert excused[excused >= 36].tolist() == [37, 40, 43, 46]


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_the_shortest_curves_hold_no_rise(rows: int) -> None:
    assert not found_in(made(before=rows)).fires.any()


@pytest.mark.parametrize(
    ("share", "ratio", "at"),
    [(0.15, 1.7, 15), (0.15, 1.4, 13), (0.2, 1.7, 20), (0.0, 1.7, 13), (0.15, 1.5, 13)],
)
def test_a_hump_is_excused_within_the_warm_up_and_below_its_ratio(
    share: float, ratio: float, at: int
) -> None:
    limits = replace(WAITING, warm_up_share=share, warm_up_ratio=math.exp(ratio))

    assert first(found_in(made(*[1.5] * 20, before=8), limits)) == at


@pytest.mark.parametrize(
    ("rows", "sudden"),
    [
        ((0.62, 0.62, 0.62), True),
        ((0.58, 0.58, 0.58), False),
        ((0.2, 0.62, 0.62), True),
        ((0.2, 0.2, 0.9), False),
    ],
)
def test_a_jump_has_six_tenths_of_its_height_at_its_third_row(rows: tuple[float, ...], sudden: bool) -> None:
    assert found_in(made(*rows, *[1.0] * 9)).sudden[-1] == sudden


def test_a_jump_can_be_told_with_its_third_row() -> None:
    assert found_in(made(0.2, 0.9, 0.9)).sudden[-1]
