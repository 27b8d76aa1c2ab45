import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.detectors import running
from finetune_guard.core.detectors.running import running_median, running_median_of_share

VALUES = st.lists(st.floats(-10, 10), max_size=80)


@given(values=VALUES, width=st.integers(1, 30))
def test_the_running_median_is_the_median_of_the_last_values(values: list[float], width: int) -> None:
    given_values = np.array(values, dtype=np.float64)
    expected = [np.median(given_values[max(0, end - width) : end]) for end in range(1, len(values) + 1)]

    np.testing.assert_allclose(running_median(given_values, width), expected)


@given(values=VALUES)
def test_its_width_may_grow_with_the_rows(values: list[float]) -> None:
    given_values = np.array(values, dtype=np.float64)
    widths = [min(max((row) // 4, 2), 7) for row in range(len(values))]
    expected = [
        np.median(given_values[max(0, row + 1 - width) : row + 1]) for row, width in enumerate(widths)
    ]

    np.testing.assert_allclose(running_median_of_share(given_values, 4, 2, 7), expected)


def test_a_curve_longer_than_a_chunk_is_the_same_curve() -> None:
    values = np.random.default_rng(0).normal(size=running.CHUNK + 1_000)
    end = running.CHUNK + 200

    assert running_median(values, 25)[end] == np.median(values[end - 24 : end + 1])


@pytest.mark.parametrize("rows", [1, 2, 11, 12, 27, 28, 31, 32, 33, 200])
def test_a_growing_width_is_exact_before_at_and_after_it_is_widest(rows: int) -> None:
    values = np.random.default_rng(rows).normal(size=rows)
    widths = [min(max(row // 4, 2), 7) for row in range(rows)]
    expected = [np.median(values[max(0, row + 1 - width) : row + 1]) for row, width in enumerate(widths)]

    np.testing.assert_allclose(running_median_of_share(values, 4, 2, 7), expected)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 25])
def test_every_row_around_the_end_of_a_chunk_is_exact(width: int) -> None:
    values = np.random.default_rng(width).normal(size=2 * running.CHUNK + 60)
    seen = running_median(values, width)

    for end in (running.CHUNK, 2 * running.CHUNK):
        rows = range(end - 30, end + 60)
        expected = [np.median(values[row + 1 - width : row + 1]) for row in rows]
        np.testing.assert_allclose(seen[end - 30 : end + 60], expected)


def test_no_rows_have_no_median() -> None:
    assert running_median(np.empty(0), 5).shape == (0,)
    assert running_median_of_share(np.empty(0), 4, 2, 7).shape == (0,)
