"""What each segment takes over from its run, and what is said of the cost."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.early.carrying import LEFT_LONG
from bench.early.cut_runs import WARM_UP, Case, segments
from finetune_guard.core.carrying import Carried, carried, restart_cost
from local.bedrock.schedule import AfterWarmUp

SIZES = st.lists(st.integers(1, 10_000) | st.floats(1e-3, 1.0), min_size=1, max_size=40)


def peaks(*sizes: float) -> list[str]:
    return [str(each.peak) for each in carried(sizes)]


def test_the_peak_is_the_share_of_the_run_that_is_left() -> None:
    assert peaks(1, 1) == ["1", "0.500"]
    assert peaks(1, 1, 1) == ["1", "0.667", "0.333"]
    assert peaks(0.5, 0.25, 0.25) == ["1", "0.500", "0.250"]


@given(SIZES)
def test_the_first_segment_is_set_as_the_run_is(sizes: list[float]) -> None:
    assert carried(sizes)[0] == Carried(peak=Decimal(1), least_warm_up=Decimal(0))


@given(SIZES)
def test_peaks_never_rise_and_stay_above_zero(sizes: list[float]) -> None:
    found = [each.peak for each in carried(sizes)]

    assert len(found) == len(sizes)
    assert all(0 < peak <= 1 for peak in found)
    assert all(after <= before for before, after in pairwise(found))


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=40), st.integers(2, 1000))
def test_only_the_ratios_of_the_sizes_count(sizes: list[int], times: int) -> None:
    assert carried([size * times for size in sizes]) == carried(sizes)


@pytest.mark.parametrize("sizes", [[1], [250], [1.0]])
def test_one_segment_is_the_run_itself(sizes: list[float]) -> None:
    (only,) = carried(sizes)

    assert only.rate(Decimal("0.00001"), minimum=Decimal("0.000001")) == Decimal("0.00001")
    assert only.warm_up(10, steps=250) == 10
    assert only.warm_up(0, steps=250) == 0


def test_no_segments_carry_nothing() -> None:
    assert carried([]) == ()


def test_a_rate_never_falls_below_what_the_base_accepts() -> None:
    _, second = carried([1, 1])

    assert second.rate(Decimal("0.00001"), minimum=Decimal("0.000001")) == Decimal("0.000005")
    assert second.rate(Decimal("0.000001"), minimum=Decimal("0.000001")) == Decimal("0.000001")


def test_after_a_restart_a_fifth_of_the_segment_warms_up_or_more_if_the_run_does() -> None:
    _, second = carried([1, 1])

    assert second.warm_up(10, steps=124) == 24
    assert second.warm_up(40, steps=124) == 40
    assert second.warm_up(0, steps=124) == 24


def test_where_nobody_can_say_the_steps_the_run_s_warm_up_stays() -> None:
    assert [each.warm_up(10, steps=None) for each in carried([1, 1])] == [10, 10]


@pytest.mark.parametrize("shares", [(0.5, 0.5), (1 / 3, 1 / 3, 1 / 3), (0.5, 0.25, 0.25)])
def test_the_rule_that_was_measured_is_the_one_that_is_built(shares: tuple[float, ...]) -> None:
    measured = segments(LEFT_LONG, Case(shares, epochs=2, then=AfterWarmUp.DECAY))
    built = carried([segment.steps for segment in measured])

    assert [segment.peak for segment in measured] == pytest.approx([float(b.peak) for b in built], abs=5e-4)
    assert [segment.warm_up for segment in measured] == [
        each.warm_up(WARM_UP, segment.steps) for each, segment in zip(built, measured, strict=True)
    ]


@pytest.mark.parametrize("takes_warm_up", [True, False])
def test_one_segment_costs_nothing(takes_warm_up: bool) -> None:
    cost = restart_cost(1, takes_warm_up)

    assert (cost.low, cost.high) == (0.0, 0.0)


@given(st.integers(1, 200), st.booleans())
def test_more_segments_are_never_said_to_cost_less_at_worst(segments: int, takes_warm_up: bool) -> None:
    fewer, more = restart_cost(segments, takes_warm_up), restart_cost(segments + 1, takes_warm_up)

    assert more.low <= more.high
    assert fewer.high < more.high


@given(st.integers(2, 200))
def test_a_restart_without_a_warm_up_costs_more_at_worst(segments: int) -> None:
    assert restart_cost(segments, takes_warm_up=False).high > restart_cost(segments).high


@pytest.mark.parametrize(
    ("segments", "word"),
    [(1, "one"), (2, "measured"), (3, "measured"), (4, "between"), (5, "measured"), (6, "extrapolated")],
)
def test_the_source_says_what_was_measured(segments: int, word: str) -> None:
    assert restart_cost(segments).source.startswith(word)


def test_what_was_not_measured_lies_on_the_line_of_what_was() -> None:
    four, six = restart_cost(4), restart_cost(6)

    assert four.high == pytest.approx((restart_cost(3).high + restart_cost(5).high) / 2)
    assert six.high - restart_cost(5).high == pytest.approx(four.high - restart_cost(3).high)
    assert six.low == restart_cost(5).low


@pytest.mark.parametrize("segments", [2, 3])
def test_two_and_three_segments_with_a_warm_up_keep_within_two_per_cent(segments: int) -> None:
    assert 0 < restart_cost(segments).high <= 0.02
