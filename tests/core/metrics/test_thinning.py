from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from finetune_guard.core.metrics.series import Floats, Integers, MetricSeries
from finetune_guard.core.metrics.thinning import kept_rows

LOSSES = arrays(
    np.float64,
    st.integers(1, 300),
    elements=st.one_of(st.floats(-10, 10), st.sampled_from([np.nan, np.inf, -np.inf])),
)


def series(losses: Floats, step: Integers | None = None) -> MetricSeries:
    steps = np.arange(1, len(losses) + 1) if step is None else step
    return MetricSeries(steps, np.full(len(losses), np.nan), losses)


def test_a_short_curve_is_kept_whole() -> None:
    assert kept_rows(series(np.ones(20)), 10).tolist() == list(range(20))


def test_an_empty_curve_keeps_nothing() -> None:
    assert len(kept_rows(MetricSeries.empty(), 10)) == 0


def test_a_single_high_and_a_single_low_row_among_thousands_are_kept() -> None:
    losses = np.ones(10_000)
    losses[4321], losses[8765] = 50.0, 0.01

    kept = kept_rows(series(losses), 100)

    assert {0, 4321, 8765, 9999} <= set(kept.tolist())
    assert len(kept) <= 202


def test_stretches_are_of_steps_so_that_rows_far_apart_are_not_lost_beside_dense_ones() -> None:
    dense, sparse = np.arange(5000), np.arange(10_000, 20_000, 200)

    kept = kept_rows(series(np.ones(5050), np.concatenate([dense, sparse])), 500)

    assert set(range(5000, 5050)) <= set(kept.tolist())


@pytest.mark.parametrize("last", [10_001, 2**62])
def test_steps_may_be_of_any_size(last: int) -> None:
    step = np.append(np.arange(10_000), last)

    kept = kept_rows(series(np.ones(10_001), step), 100)

    assert kept[-1] == 10_000
    assert len(kept) < 210


@given(LOSSES, st.integers(1, 20))
def test_extremes_and_ends_stay_and_no_line_is_drawn_over_a_row_that_is_not_finite(
    losses: Floats, stretches: int
) -> None:
    kept = kept_rows(series(losses), stretches)

    finite = np.isfinite(losses)
    assert {0, len(losses) - 1} <= set(kept.tolist())
    assert np.all(np.diff(kept) > 0)
    if finite.any():
        assert losses[kept][finite[kept]].max() == losses[finite].max()
        assert losses[kept][finite[kept]].min() == losses[finite].min()
    for one, other in pairwise(kept):
        if finite[one] and finite[other]:
            assert finite[one:other].all()
