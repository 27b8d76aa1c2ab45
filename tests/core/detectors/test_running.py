import numpy as np
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
