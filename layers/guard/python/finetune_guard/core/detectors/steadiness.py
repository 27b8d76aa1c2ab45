"""Whether the newest rows of a rise climb evenly: a divergence does, a blip jumps.

Only a climb tells the two apart. Three rows at one height do not: of the three blips of three rows or more in
the labelled real curves two were level (docs/signals.md, "Measured").
"""

import numpy as np

from finetune_guard.core.detectors.episodes import Rises
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.metrics.series import Floats

#: Moves that are compared, up to the newest row.
MOVES = 3
#: A failing run is noisier than it was; so much is granted.
LOUDER = 1.5
#: No curve is believed to be quieter than this, as a share of its level.
QUIETEST = 0.005
#: The height of a blip's row may lie anywhere within this range, in log units (1.2 is from 1.2 to 4 times).
BLIP_RANGE = 1.2


def steadiness(features: Features, base: Floats, rises: Rises, needed: Floats) -> Floats:
    """Log likelihood ratio of an even climb against a blip of rows of any height, in nats; shape (m,).

    Minus infinity where the rows are too few, do not all go up, or do not reach the height.

    Args:
        features: The prepared curve.
        base: Level that the rises are measured from, shape (m,).
        rises: The rise of each row.
        needed: Height that counts, in log units, shape (m,).
    """
    out = np.full(len(features), -np.inf)
    if len(features) <= MOVES:
        return out
    newest, moves = slice(MOVES, None), np.diff(features.level)
    first, second, third = (moves[shift : len(moves) - MOVES + 1 + shift] for shift in range(MOVES))
    error = LOUDER * np.maximum(rises.noise[newest], QUIETEST) * np.sqrt(6.0)
    evidence = _gain(second - first, error) + _gain(third - second, error)
    upwards = np.minimum(np.minimum(first, second), third) > 0.0
    high = (features.level - base > needed)[newest]
    out[newest] = np.where(upwards & high, evidence, -np.inf)
    return out


def _gain(off: Floats, error: Floats) -> Floats:
    """How much likelier a normal error makes this than a height anywhere in the range of blips, in nats."""
    gain: Floats = -0.5 * (off / error) ** 2 - np.log(np.sqrt(2.0 * np.pi) * error) + np.log(BLIP_RANGE)
    return gain
