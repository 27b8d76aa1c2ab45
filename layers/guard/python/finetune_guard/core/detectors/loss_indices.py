"""Two indices of the training loss, descent and noise, relative to a window early in the same run.

They are what a loss log can say of the gradient. A gradient norm it cannot give: neighbouring rows are
different batches, so their difference measures the spread of the batches.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from finetune_guard.core.detectors.base import Flags
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.running import running_counts, running_sums
from finetune_guard.core.limits import EstimatedGradientLimits
from finetune_guard.core.metrics.series import Floats, Integers

#: Standard errors of a 95 % interval, and those within which a slope may as well be none.
INTERVAL, DOUBT = 1.96, 2.0
#: Below this share of the highest learning rate so far a slope is not divided by it: 1 / rate blows up.
LEAST_RATE = 0.05
#: Spread of a row that is always believed: printed losses are rounded.
LEAST_NOISE = 0.005
#: Standard deviation of normal noise as a multiple of its median absolute deviation (MAD).
NORMAL_MAD = 1.4826
#: Part of a row's distance by which rounding may miss a window's first row.
ROUNDING = 1e-6


class IndexStatus(IntEnum):
    """How far the descent index of a row may be believed."""

    UNAVAILABLE = 0
    LOW_CONFIDENCE = 1
    OK = 2


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """The last window of each row, and its baseline: the first window after the warm-up.

    Arrays of shape (m,). Where a row has no window after the baseline yet, `ready` is False and both stand
    for all rows so far.

    Attributes:
        length: Steps of a window.
        start: Index of the window's first row.
        stop: Index one past its last row.
        first: Index of the baseline's first row.
        end: Index one past its last row.
        ready: Whether the window lies after the baseline.
        noise: Spread of a single level at the row.
        base_noise: The same at the baseline's end; NaN where not ready.
    """

    length: Floats
    start: Integers
    stop: Integers
    first: Integers
    end: Integers
    ready: Flags
    noise: Floats
    base_noise: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """Descent and noise of the loss at each finite row; arrays of shape (m,), NaN where not available.

    Attributes:
        descent: Fall of the log loss a step in the last window, over that of the baseline: 1 as at first, 0
            flat, negative rising; each divided by its learning rate where `rate_known`. NaN also where the
            baseline itself does not descend.
        low: Lower end of its 95 % interval, both windows' standard errors taken in, rows as independent.
        high: Upper end of it.
        noise: Spread of a row over the spread at the baseline's end.
        status: int8 of `IndexStatus`: low confidence where either slope is within 2 standard errors of none.
        rate_known: Whether the source exposes the learning rate and it is high enough to divide by.
        rise: Slope of the last window in its own standard errors; positive where the loss rises.
        above: Mean level of the last window above the baseline's, in MADs of the baseline.
    """

    descent: Floats
    low: Floats
    high: Floats
    noise: Floats
    status: NDArray[np.int8]
    rate_known: Flags
    rise: Floats
    above: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A straight line through the log loss of one window at each row; arrays of shape (m,)."""

    mean: Floats
    slope: Floats
    error: Floats


def windows_of(features: Features, limits: EstimatedGradientLimits) -> Windows:
    """The newest window, and the first one after the warm-up, as each row sees them. Both are in steps."""
    step, slack = features.step, ROUNDING * features.spacing
    stop, length = np.arange(1, len(step) + 1), limits.window_share * features.total
    start = np.searchsorted(step, step + features.spacing + slack - length, side="right") - 1
    start = np.minimum(start, stop - limits.window_points)
    first = np.searchsorted(step, step[:1] + limits.warm_up_share * features.total - slack)
    after = step[np.minimum(first, stop - 1)] + length - slack
    end = np.maximum(np.searchsorted(step, after), first + limits.window_points)
    ready = start >= end
    start, first, end = np.where(ready, start, 0), np.where(ready, first, 0), np.where(ready, end, stop)
    noise = np.maximum(features.noise, LEAST_NOISE)
    return Windows(length, start, stop, first, end, ready, noise, np.where(ready, noise[end - 1], np.nan))


def indices(features: Features, windows: Windows) -> Indices:
    """The descent index and the loss-noise index of every prefix."""
    with np.errstate(all="ignore"):
        return _indices(features, windows)


def _indices(features: Features, windows: Windows) -> Indices:
    spans = (windows.start, windows.stop), (windows.first, windows.end)
    sums = _sums(features)
    now, base = (_fit(sums, *span) for span in spans)
    rate_now, rate_base, known = _rates(features, *spans)
    pace, error = -now.slope / rate_now, now.error / rate_now
    base_pace, base_error = -base.slope / rate_base, base.error / rate_base
    shown = windows.ready & (base_pace > 0)
    descent = np.where(shown, pace / base_pace, np.nan)
    half = INTERVAL * np.hypot(error, descent * base_error) / base_pace
    sure = (np.abs(pace) > DOUBT * error) & (base_pace > DOUBT * base_error)
    return Indices(
        descent=descent,
        low=descent - half,
        high=descent + half,
        noise=windows.noise / windows.base_noise,
        status=(shown * (1 + sure)).astype(np.int8),
        rate_known=known,
        rise=np.where(windows.ready, now.slope / now.error, np.nan),
        above=(now.mean - base.mean) / (windows.base_noise / NORMAL_MAD),
    )


def _sums(features: Features) -> Floats:
    """Running sums with a leading 0 of step, level, step squared, step times level and level squared."""
    step, level = (features.step - features.step[:1]).astype(np.float64), features.level - features.level[:1]
    return np.stack([running_sums(one) for one in (step, level, step * step, step * level, level * level)])


def _fit(sums: Floats, start: Integers, stop: Integers) -> _Fit:
    """Least squares; the standard error takes the rows as independent, and is widened where they are few."""
    rows = np.maximum(stop - start, 1)
    step, level, steps, both, levels = (sums[:, stop] - sums[:, start]) / rows
    width = steps - step * step
    slope = (both - step * level) / width
    left = np.maximum(levels - level * level - slope * slope * width, 0.0)
    freedom = np.maximum(rows - 2, 1)
    return _Fit(level, slope, np.sqrt(left / width / freedom) * _widened(freedom))


def _widened(freedom: Integers) -> Floats:
    """Student's t over the normal quantile at 97.5 % (Cornish-Fisher, two terms): 1.17 for 8 degrees."""
    widened: Floats = 1.0 + 1.21 / freedom + 1.44 / freedom**2
    return widened


def _rates(
    features: Features, now: tuple[Integers, Integers], base: tuple[Integers, Integers]
) -> tuple[Floats, Floats, Flags]:
    """Mean learning rate of both windows as a share of the highest so far; 1 and False where not known."""
    rate, one = features.curve.training.learning_rate, np.ones(len(features))
    if len(rate) == 0:
        return one, one, one > 1
    rate = rate[features.finite]
    gap = ~np.isfinite(rate)
    rate = np.where(gap, 0.0, rate)
    sums, gaps = running_sums(rate), running_counts(gap)
    highest = np.maximum.accumulate(rate)
    shares = [(sums[stop] - sums[start]) / (stop - start) / highest for start, stop in (now, base)]
    whole = [gaps[stop] == gaps[start] for start, stop in (now, base)]
    known: Flags = np.logical_and.reduce(whole) & (np.minimum(*shares) >= LEAST_RATE)
    return np.where(known, shares[0], one), np.where(known, shares[1], one), known
