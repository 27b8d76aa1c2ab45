import math
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.curves.injecting import bases
from tests.curves.kinds import Kind
from tests.curves.more_kinds import (
    MORE_KINDS,
    cycle,
    fading,
    flicker,
    level_before,
    noise_of,
    oscillation,
    outliers,
    plateau,
    ratchet,
    restart,
    scar,
    shelf,
    staircase,
    zeroed,
)
from tests.curves.standard_kinds import STANDARD_KINDS, level

Make = Callable[[list[float], Random], tuple[list[float], int]]

every_kind = pytest.mark.parametrize("kind", MORE_KINDS, ids=lambda kind: kind.name)
seeds = st.integers(0, 10_000)


def healthy(rows: int, noise: float = 0.03) -> list[float]:
    """A curve that falls from 3 towards 1, with noise."""
    rng = Random(rows)
    return [(1 + 2 * math.exp(-4 * row / rows)) * math.exp(rng.gauss(0, noise)) for row in range(rows)]


curves = st.builds(healthy, st.integers(20, 600), st.sampled_from([0.001, 0.03, 0.2]))


def test_there_are_three_traps_two_failures_and_an_oscillation_that_the_standard_kinds_lack() -> None:
    names = [kind.name for kind in MORE_KINDS]
    sorts = [kind.sort for kind in MORE_KINDS]
    assert len({*names, *(kind.name for kind in STANDARD_KINDS)}) == len(names) + len(STANDARD_KINDS)
    assert sorts.count("harmless") >= 3
    assert sorts.count("failure") >= 2
    assert [kind.name for kind in MORE_KINDS if kind.sort == "warning"] == ["oscillation"]


@every_kind
def test_each_kind_says_where_it_was_seen(kind: Kind) -> None:
    assert kind.seen_in
    assert kind.name.isalpha()
    assert kind.name.islower()


@every_kind
@given(values=curves, seed=seeds)
def test_the_same_seed_gives_the_same_curve_and_the_given_one_is_left_alone(
    kind: Kind, values: list[float], seed: int
) -> None:
    before = list(values)
    assert kind.make(values, Random(seed)) == kind.make(values, Random(seed))
    assert values == before


@every_kind
@given(values=curves, seed=seeds)
def test_the_onset_is_in_the_run_and_nothing_is_touched_before_it(
    kind: Kind, values: list[float], seed: int
) -> None:
    made, onset = kind.make(values, Random(seed))
    assert len(made) == len(values)
    assert 0 <= onset <= len(values) - 3
    assert made[:onset] == values[:onset]
    assert made[onset:] != values[onset:]


@every_kind
@given(values=curves, seed=seeds)
def test_losses_stay_finite_and_are_zero_only_where_a_log_prints_it(
    kind: Kind, values: list[float], seed: int
) -> None:
    made, _ = kind.make(values, Random(seed))
    assert all(math.isfinite(loss) and loss >= 0 for loss in made)
    assert min(made) > 0 or kind.make in {fading, zeroed}


@pytest.mark.parametrize("make", [restart, outliers], ids=lambda make: make.__name__)
@given(values=curves, seed=seeds)
def test_a_trap_that_is_put_on_top_ends_where_the_healthy_curve_ends(
    make: Make, values: list[float], seed: int
) -> None:
    made, _ = make(values, Random(seed))
    assert made[-1] == pytest.approx(values[-1], rel=0.04)
    assert all(now >= was for now, was in zip(made, values, strict=True))


@given(rows=st.integers(20, 600), seed=seeds)
def test_a_shelf_stands_at_one_height_for_at_most_a_blip_and_comes_back(rows: int, seed: int) -> None:
    values = healthy(rows)

    made, onset = shelf(values, Random(seed))

    ratios = [after / before for before, after in zip(values, made, strict=True)]
    up = [row for row, ratio in enumerate(ratios) if ratio != 1]
    assert up == list(range(onset, onset + len(up)))
    assert 1 <= len(up) <= max(3, rows // 20)
    assert up[-1] < rows - 1
    assert max(ratios[row] for row in up) == pytest.approx(min(ratios[row] for row in up))
    assert 1.3 <= ratios[onset] <= 4


@pytest.mark.parametrize("make", [staircase, plateau, fading], ids=lambda make: make.__name__)
@given(rows=st.integers(20, 600), seed=seeds)
def test_a_trap_that_changes_the_fall_ends_lower_than_it_began(make: Make, rows: int, seed: int) -> None:
    made, _ = make(healthy(rows, noise=0.001), Random(seed))
    assert made[-1] < made[0]


@given(rows=st.integers(20, 600), seed=seeds)
def test_a_staircase_falls_at_every_border(rows: int, seed: int) -> None:
    made, epoch = staircase(healthy(rows, noise=1e-6), Random(seed))
    starts = made[epoch::epoch]
    assert all(later < earlier for earlier, later in pairwise(starts))


@given(values=curves, seed=seeds)
def test_the_passes_of_a_cycle_have_the_means_of_the_healthy_curve(values: list[float], seed: int) -> None:
    made, _ = cycle(values, Random(seed))
    assert math.fsum(made) == pytest.approx(math.fsum(values), rel=0.25)


@given(rows=st.integers(20, 600), seed=seeds)
def test_a_fading_curve_never_falls_to_zero_at_one_blow(rows: int, seed: int) -> None:
    made, _ = fading(healthy(rows, noise=0.001), Random(seed))
    assert made[made.index(0) - 1 if 0 in made else -1] < 0.1 * made[0]


@pytest.mark.parametrize("make", [scar, ratchet, flicker], ids=lambda make: make.__name__)
@given(rows=st.integers(20, 600), seed=seeds)
def test_a_failure_ends_well_above_the_level_before_it(make: Make, rows: int, seed: int) -> None:
    values = healthy(rows, noise=0.001)
    made, onset = make(values, Random(seed))
    assert level(made, len(made) - 1, 2) > 1.35 * level_before(values, onset)


@given(values=curves, seed=seeds)
def test_each_spike_of_a_ratchet_leaves_a_floor_that_is_no_lower(values: list[float], seed: int) -> None:
    made, onset = ratchet([1.0] * len(values), Random(seed))
    floors = [min(made[row:]) for row in range(onset, len(made))]
    assert floors == sorted(floors)
    assert floors[0] > 1


@given(values=curves, seed=seeds)
def test_zeros_come_at_one_blow_and_stay_for_at_least_three_rows(values: list[float], seed: int) -> None:
    made, onset = zeroed(values, Random(seed))
    zeros = made.count(0)
    assert zeros >= 3
    assert made[-zeros:] == [0] * zeros
    assert len(values) - zeros - onset <= 3
    assert made[-zeros - 1] >= 0.1 * values[0]


@given(rows=st.integers(20, 600), seed=seeds)
def test_an_oscillation_swings_to_the_end_by_half_of_its_mean_or_more(rows: int, seed: int) -> None:
    made, onset = oscillation([1.0] * rows, Random(seed))
    late = made[-(rows - onset) // 2 :]
    swing = (max(late) - min(late)) / ((max(late) + min(late)) / 2)
    assert onset <= rows / 2
    assert 0.35 < swing <= 1.5 + 1e-9
    assert made[-1] != made[-2]


def test_noise_is_around_one_and_never_pinned() -> None:
    noise = noise_of(healthy(300))
    assert sorted(noise)[150] == pytest.approx(1, abs=0.01)
    assert all(abs(a - b) > 1e-9 for a, b in pairwise(noise))


@every_kind
def test_every_real_healthy_curve_can_carry_the_kind(kind: Kind) -> None:
    for base in bases():
        for rows in (20, 45):
            if values := base.thinned(rows):
                made, onset = kind.make(values, Random(1))
                assert made[:onset] == values[:onset]
                assert all(math.isfinite(loss) for loss in made)
