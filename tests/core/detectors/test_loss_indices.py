import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from finetune_guard.core.detectors.features import Features, features_of
from finetune_guard.core.detectors.loss_indices import IndexStatus, Indices, Windows, indices, windows_of
from finetune_guard.core.limits import EstimatedGradientLimits
from finetune_guard.core.metrics.series import Curve, Floats, MetricSeries
from tests.core.detectors.curves import curve, falling, series

LIMITS = EstimatedGradientLimits()


def looked_at(whole: Curve) -> tuple[Features, Windows, Indices]:
    features = features_of(whole)
    windows = windows_of(features, LIMITS)
    return features, windows, indices(features, windows)


def found(whole: Curve) -> Indices:
    return looked_at(whole)[2]


def steady(rows: int, slope: float, noise: float = 0.01) -> Floats:
    """A loss whose logarithm falls by `slope` a row."""
    losses: Floats = 2 * np.exp(-slope * np.arange(rows) + np.random.default_rng(0).normal(0, noise, rows))
    return losses


def with_rate(losses: Floats, rate: Floats) -> Curve:
    plain = series(losses)
    return Curve(
        MetricSeries(plain.step, plain.epoch, plain.loss, learning_rate=rate), planned_steps=len(losses)
    )


def test_a_loss_that_falls_as_at_first_has_a_descent_index_of_one() -> None:
    seen = found(curve(steady(200, 0.01)))

    assert seen.descent[-1] == pytest.approx(1.0, abs=0.1)
    assert seen.low[-1] < 1.0 < seen.high[-1]
    assert seen.status[-1] == IndexStatus.OK


def test_half_the_slope_is_half_the_index() -> None:
    losses = np.concatenate([steady(100, 0.02), steady(100, 0.01) * math.exp(-2)])

    assert found(curve(losses)).descent[-1] == pytest.approx(0.5, abs=0.1)


def test_a_loss_that_rises_has_a_negative_index() -> None:
    losses = np.concatenate([steady(100, 0.02), steady(100, -0.01) * math.exp(-2)])

    seen = found(curve(losses))

    assert seen.high[-1] < 0
    assert seen.rise[-1] > 2


def test_a_flat_end_is_of_low_confidence() -> None:
    losses = np.concatenate([steady(100, 0.02), steady(100, 0.0, noise=0.05) * math.exp(-2)])

    assert found(curve(losses)).status[-1] == IndexStatus.LOW_CONFIDENCE


def test_the_slope_is_that_of_least_squares_over_the_window() -> None:
    features, windows, seen = looked_at(curve(falling(150)))

    last, base = (
        np.polyfit(features.step[rows], features.level[rows], 1)[0]
        for rows in (slice(windows.start[-1], None), slice(windows.first[-1], windows.end[-1]))
    )

    assert seen.descent[-1] == pytest.approx(last / base, rel=1e-6)


def test_the_interval_holds_the_truth_in_about_95_of_100_runs() -> None:
    runs = [
        2 * np.exp(-0.02 * np.arange(100) + np.random.default_rng(n).normal(0, 0.01, 100)) for n in range(300)
    ]

    seen = [found(curve(one)) for one in runs]
    held = [one.low[-1] <= 1.0 <= one.high[-1] for one in seen]

    assert 0.88 <= np.mean(held) <= 0.99


def test_windows_are_in_steps_whatever_the_rows() -> None:
    sparse, dense = steady(100, 0.04)[:, np.newaxis], steady(400, 0.01)

    rare = looked_at(curve(sparse[:, 0], list(range(4, 401, 4)), planned=400))[1]
    often = looked_at(curve(dense, planned=400))[1]

    assert rare.length[-1] == pytest.approx(often.length[-1], rel=0.02)
    assert rare.stop[-1] - rare.start[-1] == 10
    assert often.stop[-1] - often.start[-1] == 40


def test_a_row_that_varies_four_times_as_much_has_a_noise_index_of_about_four() -> None:
    losses = np.concatenate([steady(150, 0.0, noise=0.02), steady(150, 0.0, noise=0.08)])

    assert found(curve(losses)).noise[-1] == pytest.approx(4.0, rel=0.4)


def test_a_rounded_log_does_not_make_the_noise_index_large() -> None:
    losses = np.concatenate([np.full(100, 1.0), np.full(100, 1.0) + 0.001 * (np.arange(100) % 2)])

    assert found(curve(losses)).noise[-1] == pytest.approx(1.0)


def test_nothing_is_said_in_the_warm_up_and_before_a_second_window() -> None:
    seen = found(curve(falling(100)))

    assert np.isnan(seen.noise[:29]).all()
    assert np.isnan(seen.descent[:29]).all()
    assert (seen.status[:29] == IndexStatus.UNAVAILABLE).all()
    assert np.isfinite(seen.noise[30:]).all()


def test_a_baseline_that_rises_gives_no_descent_index_but_a_noise_index() -> None:
    seen = found(curve(steady(200, -0.01)))

    assert np.isnan(seen.descent[-1])
    assert seen.status[-1] == IndexStatus.UNAVAILABLE
    assert np.isfinite(seen.noise[-1])


def test_the_learning_rate_is_divided_out() -> None:
    rate = np.concatenate([np.full(100, 1e-4), np.full(100, 0.5e-4)])
    losses = np.concatenate([steady(100, 0.02), steady(100, 0.01) * math.exp(-2)])

    seen = found(with_rate(losses, rate))

    assert seen.rate_known[-1]
    assert seen.descent[-1] == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("last", [4e-6, 0.0, math.nan])
def test_a_learning_rate_that_is_low_or_missing_is_not_divided_by(last: float) -> None:
    rate = np.concatenate([np.full(100, 1e-4), np.full(100, last)])
    losses = np.concatenate([steady(100, 0.02), steady(100, 0.01) * math.exp(-2)])

    seen = found(with_rate(losses, rate))

    assert not seen.rate_known[-1]
    assert seen.descent[-1] == pytest.approx(0.5, abs=0.1)


def test_a_learning_rate_at_a_row_whose_loss_is_nan_belongs_to_no_other_row() -> None:
    rate, losses = np.full(200, 1e-4), steady(200, 0.01)
    losses[100], rate[100] = math.nan, math.nan

    assert found(with_rate(losses, rate)).rate_known[-1]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1000), rows=st.integers(1, 80), known=st.booleans())
def test_later_rows_change_no_earlier_index(seed: int, rows: int, known: bool) -> None:
    rng = np.random.default_rng(seed)
    losses, rate = rng.uniform(0.5, 2, 80), rng.uniform(0, 1e-4, 80)
    plan = 80 if known else None

    full, early = (
        found(Curve(with_rate(losses[:end], rate[:end]).training, planned_steps=plan)) for end in (80, rows)
    )

    for name in Indices.__slots__:
        assert_array_equal(getattr(full, name)[:rows], getattr(early, name))


def test_an_empty_curve_has_empty_indices() -> None:
    assert len(found(curve([])).descent) == 0
