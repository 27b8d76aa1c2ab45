"""Whether swings have an order: how much of a stretch of rows its own earlier rows foretell.

Both measures are exact in running sums, so all stretches of a curve together cost a few passes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from finetune_guard.core.detectors.base import Flags
from finetune_guard.core.detectors.running import running_sums
from finetune_guard.core.limits import OscillationLimits
from finetune_guard.core.metrics.series import Floats, Integers

#: Each half must be foretold this share of what the whole must be: a jump orders the rows of noise, too,
#: into those before and those after it, but only in the half that holds it.
EACH_HALF = 0.5
#: Rows that a row is foretold from: two are enough for a sine wave of any period.
LAGS = 2
#: Half periods in rows at which a row is compared with its opposite, and the fewest pairs of them.
HALF_PERIODS = (3, 4, 5, 6, 7, 8, 10)
LEAST_PAIRS = 8
#: Keeps a perfect wave, whose lags tell the same twice, solvable; as a share of the spread.
RIDGE = 1e-6

#: Running sums of the level and of its square; shape (m + 1,) each.
Sums = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """The last part of the run as some rows see it; arrays of one shape.

    Attributes:
        start: Index of its first row.
        rows: How many rows it has.
        mean: Mean level.
        spread: Standard deviation of the level.
    """

    start: Integers
    rows: Integers
    mean: Floats
    spread: Floats

    def at(self, rows: Integers) -> "Stretch":
        """What some of the rows see."""
        return Stretch(self.start[rows], self.rows[rows], self.mean[rows], self.spread[rows])


def in_order(level: Floats, sums: Sums, stretch: Stretch, limits: OscillationLimits) -> Flags:
    """Whether more of it is foretold than of white noise: by the last two rows, or by one row before."""
    foretold, less = _least(LAGS, sums, stretch, lambda part: _foretold(level, sums, part))
    # R squared of two regressors has a Beta distribution in white noise, with this tail.
    chance = (1.0 - foretold) ** ((stretch.rows - LAGS - 3.0) / 2.0)
    in_order = _enough(foretold, less, chance, limits)
    for lag in HALF_PERIODS:
        left = np.flatnonzero(~in_order & (stretch.rows >= lag + LEAST_PAIRS))
        if len(left):
            of_lag = partial(_opposite, level, sums[0], lag)
            foretold, less = _least(lag, sums, stretch.at(left), of_lag)
            chance = len(HALF_PERIODS) * _tail(foretold, stretch.rows[left] - lag)
            in_order[left] = _enough(foretold, less, chance, limits)
    return in_order


def _enough(foretold: Floats, of_half: Floats, chance: Floats, limits: OscillationLimits) -> Flags:
    least = limits.foretold
    enough: Flags = (foretold >= least) & (of_half >= EACH_HALF * least) & (chance < limits.chance)
    return enough


def _least(
    lag: int, sums: Sums, stretch: Stretch, share: Callable[[Stretch], Floats]
) -> tuple[Floats, Floats]:
    """What is foretold of the stretch, and of that half of its rows' pairs of which less is foretold."""
    rows = lag + (stretch.rows - lag) // 2
    starts = stretch.start, stretch.start + stretch.rows - rows
    halves = (Stretch(start, rows, *moments(sums, start, start + rows)) for start in starts)
    return share(stretch), np.minimum(*(share(half) for half in halves))


def _opposite(level: Floats, sums: Floats, lag: int, stretch: Stretch) -> Floats:
    """Share of a row's spread foretold by its opposite, the row half a period before; 0 to 1."""
    start, stop = stretch.start, stretch.start + stretch.rows
    products = mean_of(running_sums(level[lag:] * level[: len(level) - lag]), start, stop - lag)
    shared = products - mean_of(sums, start, stop - lag) * mean_of(sums, start + lag, stop)
    opposite: Floats = np.clip(-shared / stretch.spread**2, 0.0, 1.0) ** 2
    return opposite


def _tail(share: Floats, pairs: Integers) -> Floats:
    """Chance that one row foretells as much of another, with one sign, in white noise.

    Half the tail of Beta(1/2, pairs / 2 - 1), by the leading term of its expansion.
    """
    freedom = pairs / 2.0 - 1.0
    tail: Floats = 0.5 * (1.0 - share) ** freedom / np.sqrt(np.pi * freedom * np.maximum(share, RIDGE))
    return tail


def _foretold(level: Floats, sums: Sums, stretch: Stretch) -> Floats:
    """R squared of the least-squares fit of each row by a constant and the two rows before it, 0 to 1."""
    rows, start, stop = len(level), stretch.start, stretch.start + stretch.rows
    next_to, apart = (running_sums(level[lag:] * level[: rows - lag]) for lag in (1, 2))
    twice, once, now = (mean_of(sums[0], start + lag, stop - LAGS + lag) for lag in range(LAGS + 1))
    b, a, spread = (
        mean_of(sums[1], start + lag, stop - LAGS + lag) - mean**2
        for lag, mean in enumerate((twice, once, now))
    )
    c = mean_of(next_to, start, stop - 2) - once * twice
    d = mean_of(next_to, start + 1, stop - 1) - now * once
    e = mean_of(apart, start, stop - 2) - now * twice
    a, b = a + RIDGE * spread, b + RIDGE * spread
    fitted = (d * d * b - 2.0 * d * e * c + e * e * a) / (a * b - c * c)
    foretold: Floats = np.clip(fitted / spread, 0.0, 1.0)
    return foretold


def mean_of(sums: Floats, start: Integers, stop: Integers) -> Floats:
    """Mean of the rows from `start` to before `stop`; 0 without rows."""
    mean: Floats = (sums[stop] - sums[start]) / np.maximum(stop - start, 1)
    return mean


def moments(sums: Sums, start: Integers, stop: Integers) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the rows from `start` to before `stop`."""
    mean = mean_of(sums[0], start, stop)
    return mean, np.sqrt(np.maximum(mean_of(sums[1], start, stop) - mean * mean, 0.0))
