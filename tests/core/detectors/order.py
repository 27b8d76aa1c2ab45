"""The order of swings, read one stretch after the other, and swings to try it on."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from finetune_guard.core.metrics.series import Floats


def r_squared(rows: Floats, *others: Floats) -> float:
    """Share of the spread of some rows that a least-squares fit by others takes away."""
    known = np.column_stack([np.ones(len(rows)), *others])
    left = rows - known @ np.linalg.lstsq(known, rows, rcond=None)[0]
    return 1.0 - float(np.var(left) / np.var(rows))


def in_order(part: Floats) -> bool:
    """Whether rows are foretold by the two before, or by the opposite of the one half a period before."""
    two = by_two(part)
    if two >= 0.3 and (1 - two) ** ((len(part) - 5) / 2) < 0.0005 and of_halves(part, 2, by_two) >= 0.15:
        return True
    for lag in (3, 4, 5, 6, 7, 8, 10):
        if len(part) - lag >= 8:
            share = by_opposite(part, lag)
            freedom = (len(part) - lag) / 2 - 1
            # Half the tail of a Beta distribution, by the leading term.
            chance = 7 * (1 - share) ** freedom / (2 * math.sqrt(math.pi * freedom * max(share, 1e-6)))
            half = of_halves(part, lag, partial(by_opposite, lag=lag))
            if share >= 0.3 and chance < 0.0005 and half >= 0.15:
                return True
    return False


def by_two(part: Floats) -> float:
    return r_squared(part[2:], part[1:-1], part[:-2])


def by_opposite(part: Floats, lag: int) -> float:
    early, late = part[:-lag], part[lag:]
    shared = float(np.mean(early * late) - np.mean(early) * np.mean(late))
    return float(np.clip(-shared / np.var(part), 0.0, 1.0)) ** 2


def of_halves(part: Floats, lag: int, share: Callable[[Floats], float]) -> float:
    """The lesser of both halves; each holds half of the pairs of rows so far apart."""
    rows = lag + (len(part) - lag) // 2
    return min(share(part[:rows]), share(part[-rows:]))


def swinging(seed: int, rows: int = 80) -> Floats:
    """Sine waves, square ones and beats of any period, beside more or less noise; they may fall slowly."""
    rng = np.random.default_rng(seed)
    period, size, spread, fall = (
        rng.uniform(*ends) for ends in ((2, 20), (0.15, 0.5), (0.02, 0.3), (0, 0.003))
    )
    turn = 2 * np.pi * (np.arange(rows) + 0.5) / period
    shapes = np.sin(turn), np.sign(np.sin(turn)), np.sin(turn) * np.sin(turn / 7)
    losses: Floats = np.exp(size * shapes[seed % 3] + rng.normal(0, spread, rows) - fall * np.arange(rows))
    return losses
