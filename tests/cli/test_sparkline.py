import math

from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.cli.sparkline import sparkline

FLOATS = st.lists(st.floats(), max_size=200)


def test_a_falling_curve_goes_from_the_highest_bar_to_the_lowest() -> None:
    assert sparkline([8, 7, 6, 5, 4, 3, 2, 1], 40) == "█▇▆▅▄▃▂▁"


def test_a_loss_that_is_not_finite_is_shown_as_such() -> None:
    assert sparkline([1.0, math.nan, math.inf], 40) == "▁××"


def test_a_flat_curve_is_low_and_flat() -> None:
    assert sparkline([2.0, 2.0, 2.0], 40) == "▁▁▁"


def test_more_values_than_columns_keep_the_newest_last() -> None:
    shown = sparkline([1.0] * 99 + [9.0], 10)
    assert len(shown) == 10
    assert shown[-1] == "█"


def test_a_single_nan_among_many_is_not_averaged_away() -> None:
    assert "×" in sparkline([1.0] * 50 + [math.nan] + [1.0] * 49, 10)


@given(FLOATS, st.integers(1, 60))
def test_any_values_fit_the_width(values: list[float], width: int) -> None:
    assert len(sparkline(values, width)) == min(len(values), width)
