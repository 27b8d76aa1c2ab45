"""What the curve detectors share, computed once per curve: log level, reference, noise, progress.

Everything here is causal: entry i depends on rows 0 to i alone (and on the planned steps, which are known
before).
"""

from dataclasses import dataclass

import numpy as np

from finetune_guard.core.detectors.base import Flags
from finetune_guard.core.detectors.running import running_median, running_median_of_share
from finetune_guard.core.metrics.series import Curve, Floats, Integers

#: Share of the first loss that is added before the logarithm, so that a tail that nears 0 is not read as
#: noise.
OFFSET = 0.01
#: The reference is a running median over this share of the rows so far, within these bounds.
SHARE, NARROWEST, WIDEST = 8, 3, 25
#: What the noise of a curve is taken to be until it has shown its own (first differences of the log level).
PRIOR_NOISE = 0.06
PRIOR_WEIGHT = 12
NOISE_WINDOW = 25
#: Moves whose median is the trend that a row's own move is measured against, once there are so many. An even
#: number: of an odd one the median is the row's own move wherever the loss goes up and down in turn.
TREND_MOVES, TREND_FROM = 8, 4
LONG_STRIDE = 4
#: Turns the median size of such moves into the standard deviation of a row; on 300 simulated curves of normal
#: rows the result is 4 % too small at 20 rows and 5 to 7 % too large at 60 and 300.
SPREAD = 1.13
#: Without a plan as many rows again as were seen are taken to come, and at least so many.
LEAST_TO_COME = 30


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A curve prepared for the detectors; arrays of shape (m,) hold its finite training rows only.

    Attributes:
        curve: The curve itself, non-finite rows included.
        finite: bool, shape (n,): which training rows are finite.
        step: Steps of the finite rows.
        loss: Their losses.
        level: Natural logarithm of the loss plus 1 % of the first positive one; differences are what counts.
        recent: Running median of the last 3 levels.
        smooth: Running median of the last rows, an eighth of all there are, 3 to 25.
        lowest: Lowest `smooth` so far: what was reached at best.
        chance_depth: How far `lowest` lies below the true level by chance alone, in noises.
        noise: Spread of a single level around its trend, from the last 25 or 100 differences; never negative.
        positive: bool, shape (m,): no loss below zero so far; a loss that goes below has no ratios.
        spacing: Steps between rows, their mean so far.
        total: Steps the run is taken to have; from the plan where there is one.
    """

    curve: Curve
    finite: Flags
    step: Integers
    loss: Floats
    level: Floats
    recent: Floats
    smooth: Floats
    lowest: Floats
    chance_depth: Floats
    noise: Floats
    positive: Flags
    spacing: Floats
    total: Floats

    def __len__(self) -> int:
        """Number of finite training rows."""
        return len(self.step)

    @property
    def progress(self) -> Floats:
        """Share of the run that is over at each row, in (0, 1]."""
        return (self.step - self.step[:1] + self.spacing) / self.total

    def share_before(self, begins: Integers) -> Floats:
        """Share of the run up to the row `begins`, as each row sees it; shape (m,)."""
        return (self.step[begins] - self.step[:1] + self.spacing) / self.total

    def share_since(self, begins: Integers) -> Floats:
        """Share of the run between the row `begins` and each row, both included."""
        return (self.step - self.step[begins] + self.spacing) / self.total


def features_of(curve: Curve) -> Features:
    """Prepares a curve; non-finite losses are split off here, so that no arithmetic meets them."""
    finite = np.isfinite(curve.training.loss)
    step, loss = curve.training.step[finite], curve.training.loss[finite]
    level = _log_level(loss)
    spacing, smooth = spacing_of(step), running_median_of_share(level, SHARE, NARROWEST, WIDEST)
    lowest = np.minimum.accumulate(smooth)
    return Features(
        curve=curve,
        finite=finite,
        step=step,
        loss=loss,
        level=level,
        recent=running_median(level, NARROWEST),
        smooth=smooth,
        lowest=lowest,
        chance_depth=_chance_depth(lowest),
        noise=_noise(level),
        positive=np.minimum.accumulate(loss) >= 0.0,
        spacing=spacing,
        total=total_of(step, spacing, curve.planned_steps),
    )


def width_at(rows: Integers, share: int = SHARE, most: int = WIDEST) -> Integers:
    """How many rows a running median over a share of them takes in, at the rows-th row."""
    return np.where(rows < NARROWEST, rows, np.clip((rows - 1) // share, NARROWEST, most))


def _log_level(loss: Floats) -> Floats:
    positive = loss[loss > 0]
    offset = OFFSET * positive[0] if len(positive) else 1.0
    return np.log(np.maximum(loss, 0.0) / offset + 1.0)


def _chance_depth(lowest: Floats) -> Floats:
    """How far the lowest of m independent medians of w normal rows lies below their level, in noises.

    1.25 / sqrt w times sqrt (2 ln m), w and m as they were where the lowest was reached. On a flat noisy
    curve that is early, where the medians are narrow.
    """
    lower = np.diff(lowest, prepend=np.inf) < 0
    seen = np.maximum.accumulate(np.where(lower, np.arange(len(lowest)), 0)) + 1
    width = width_at(seen)
    depth: Floats = 1.2533 / np.sqrt(width) * np.sqrt(2.0 * np.log(np.maximum(seen / width, 2.0)))
    return depth


def _noise(level: Floats) -> Floats:
    """Spread of a row from the median size of the moves, of the last 25 or 100 rows, whichever is more.

    The trend is taken off first: a loss that falls steeply is not noisy for it. While there are few moves a
    noise smaller than the prior is not believed.
    """
    moves = np.abs(_detrended(np.diff(level)))
    own = np.zeros(len(level))
    own[1:] = SPREAD * np.maximum(running_median(moves, NOISE_WINDOW), _long_median(moves))
    weight = np.minimum(np.arange(len(level)), PRIOR_WEIGHT) / PRIOR_WEIGHT
    return np.maximum(own, weight * own + (1.0 - weight) * PRIOR_NOISE)


def _detrended(moves: Floats) -> Floats:
    trend = running_median(moves, TREND_MOVES)
    trend[:TREND_FROM] = 0.0
    return moves - trend


def _long_median(moves: Floats) -> Floats:
    """Median of every fourth of the last 100 values; 0 until there are half of them."""
    out = running_median(moves, NOISE_WINDOW, LONG_STRIDE)
    out[: LONG_STRIDE * NOISE_WINDOW // 2] = 0.0
    return out


def spacing_of(step: Integers) -> Floats:
    """Steps between rows, their mean so far; 1 at the first row."""
    rows = np.arange(len(step), dtype=np.float64)
    return np.where(rows > 0, (step - step[:1]) / np.maximum(rows, 1.0), 1.0)


def total_of(step: Integers, spacing: Floats, planned: int | None) -> Floats:
    """Steps the run is taken to have, as each row sees it."""
    so_far = step - step[:1] + spacing
    if planned is None:
        return so_far + np.maximum(so_far, LEAST_TO_COME * spacing)
    return np.maximum(planned - step[:1] + spacing, so_far) if len(step) else so_far
