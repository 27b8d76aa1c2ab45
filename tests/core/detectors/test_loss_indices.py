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


def rows_of(windows: Windows, row: int) -> tuple[bool, int, int, int, int]:
    """Whether a row has a window, and from where to before where this and the baseline reach."""
    names = ("ready", "start", "stop", "first", "end")
    ready, start, stop, first, end = (getattr(windows, name)[row] for name in names)
    return bool(ready), int(start), int(stop), int(first), int(end)


@pytest.mark.parametrize("unit", [1, 7, 1000])
def test_a_window_and_the_warm_up_take_a_tenth_of_the_plan_each(unit: int) -> None:
    steps = [unit * step for step in range(1, 301)]

    windows = looked_at(curve(falling(300), steps))[1]

    assert rows_of(windows, 88) == (False, 0, 89, 0, 89)
    assert rows_of(windows, 89) == (True, 60, 90, 30, 60)
    assert rows_of(windows, 299) == (True, 270, 300, 30, 60)
    assert windows.length[-1] == 30 * unit


def test_a_window_has_eight_rows_at_least() -> None:
    windows = looked_at(curve(falling(30)))[1]

    assert rows_of(windows, 17) == (False, 0, 18, 0, 18)
    assert rows_of(windows, 18) == (True, 11, 19, 3, 11)
    assert rows_of(windows, 29) == (True, 22, 30, 3, 11)


def test_a_gap_in_the_steps_leaves_fewer_rows_in_a_window() -> None:
    steps = [*range(1, 251), *range(261, 311)]

    windows = looked_at(curve(falling(300), steps, planned=310))[1]

    assert rows_of(windows, 99)[1] == 100 - 30 - 1
    assert rows_of(windows, 259)[1] == 250 - 11


def fitted(features: Features, rows: slice) -> tuple[float, float]:
    """Slope of the level over these rows and its standard error, by numpy."""
    (slope, _), covariance = np.polyfit(features.step[rows], features.level[rows], 1, cov=True)
    return float(slope), float(np.sqrt(covariance[0, 0]))


@pytest.mark.parametrize(("rows", "student"), [(30, 2.447), (100, 2.306), (300, 2.048)])
def test_the_interval_is_that_of_student_for_both_windows(rows: int, student: float) -> None:
    features, windows, seen = looked_at(curve(falling(rows)))
    _, start, stop, first, end = rows_of(windows, rows - 1)
    (slope, error), (base, base_error) = (
        fitted(features, part) for part in (slice(start, stop), slice(first, end))
    )

    half = student * abs(slope / base) * math.hypot(error / slope, base_error / base)

    assert seen.descent[-1] == pytest.approx(slope / base, rel=1e-6)
    assert seen.high[-1] - seen.descent[-1] == pytest.approx(half, rel=0.01)
    assert seen.descent[-1] - seen.low[-1] == pytest.approx(half, rel=0.01)


def test_a_rise_is_told_in_its_own_standard_errors() -> None:
    features, windows, seen = looked_at(curve(np.concatenate([steady(200, 0.01), steady(100, -0.01)])))

    slope, error = fitted(features, slice(int(windows.start[-1]), None))

    assert seen.rise[-1] == pytest.approx(slope / error / (2.048 / 1.96), rel=0.01)


def test_the_level_above_the_baseline_is_told_in_median_deviations_of_its_noise() -> None:
    features, windows, seen = looked_at(curve(np.concatenate([steady(200, 0.0), 2 * steady(100, 0.0)])))
    now, base = features.level[270:].mean(), features.level[30:60].mean()

    assert seen.above[-1] == pytest.approx((now - base) / features.noise[59] * 1.4826, rel=1e-6)
    assert np.isnan(windows.base_noise[88])
    assert windows.base_noise[89] == features.noise[59]


def test_a_noise_of_half_a_percent_is_always_granted() -> None:
    features, _, seen = looked_at(curve(np.concatenate([np.full(100, 1.0), steady(100, 0.0, noise=0.05)])))

    assert seen.noise[-1] == pytest.approx(features.noise[-1] / 0.005)


#: No trend worth the name; a slope of 0.0029 is one standard error beside them.
WAVES = 0.02 * np.array([1, -1, -1, 1, -1, 1, 1, -1, -1, 1])


@pytest.mark.parametrize(
    ("fall", "at_first", "at_last"),
    [
        (0.0052, IndexStatus.LOW_CONFIDENCE, IndexStatus.LOW_CONFIDENCE),
        (0.0075, IndexStatus.OK, IndexStatus.OK),
        (-0.0075, IndexStatus.UNAVAILABLE, IndexStatus.OK),
    ],
)
def test_a_slope_is_sure_from_two_standard_errors_on(
    fall: float, at_first: IndexStatus, at_last: IndexStatus
) -> None:
    for rows, status in ((slice(10, 20), at_first), (slice(90, 100), at_last)):
        level = -0.02 * np.arange(100.0)
        level[rows] = level[rows.start] - fall * np.arange(10) + WAVES

        assert found(curve(np.exp(level))).status[-1] == status


def test_each_slope_is_divided_by_the_mean_rate_of_its_own_window() -> None:
    losses, rate = falling(200), np.full(200, 1e-4)
    rate[20:40], rate[180:190], rate[190:] = 0.8e-4, 0.3e-4, 0.1e-4

    plain, divided = found(curve(losses)), found(with_rate(losses, rate))

    assert divided.descent[-1] == pytest.approx(plain.descent[-1] * 0.8 / 0.2)
    assert divided.high[-1] == pytest.approx(plain.high[-1] * 0.8 / 0.2)


@pytest.mark.parametrize(("last", "known"), [(6e-6, True), (4e-6, False)])
def test_a_rate_is_divided_by_from_a_twentieth_of_the_highest_on(last: float, known: bool) -> None:
    rate = np.concatenate([np.full(100, 1e-4), np.full(100, last)])

    assert found(with_rate(falling(200), rate)).rate_known[-1] == known


@pytest.mark.parametrize(
    ("row", "known"),
    [(19, True), (20, False), (39, False), (40, True), (179, True), (180, False), (199, False)],
)
def test_a_rate_is_known_where_both_windows_have_one_at_every_row(row: int, known: bool) -> None:
    rate = np.full(200, 1e-4)
    rate[row] = math.nan

    seen = found(with_rate(falling(200), rate))

    assert seen.rate_known[-1] == known
    assert seen.descent[-1] == pytest.approx(found(curve(falling(200))).descent[-1])


@pytest.mark.parametrize("rows", [1, 2, 29, 30, 31])
def test_a_run_in_its_warm_up_has_no_window(rows: int) -> None:
    windows = looked_at(curve(falling(rows), planned=300))[1]

    assert not windows.ready.any()
    assert np.isnan(windows.base_noise).all()


def test_the_noise_of_the_baseline_is_that_of_its_last_row() -> None:
    features, windows, _ = looked_at(curve(falling(300)))

    assert features.noise[59] not in features.noise[[58, 60]]
    assert windows.base_noise[-1] == features.noise[59]
