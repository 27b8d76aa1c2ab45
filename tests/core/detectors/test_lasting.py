"""Rises that stay: each harmless explanation, by itself."""

import numpy as np
import pytest

from finetune_guard.core.detectors.episodes import reference
from finetune_guard.core.detectors.features import features_of
from finetune_guard.core.detectors.lasting import Lasting, lasting
from finetune_guard.core.limits import DivergenceLimits
from finetune_guard.core.metrics.series import Curve, Floats
from tests.core.detectors.curves import curve

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
