"""Rises: stretches of rows that stand above the lowest level reached before them."""

from dataclasses import dataclass

import numpy as np

from finetune_guard.core.detectors.base import Flags, begins_of
from finetune_guard.core.detectors.features import PRIOR_WEIGHT, Features
from finetune_guard.core.detectors.running import running_sums
from finetune_guard.core.metrics.series import Floats, Integers

#: More noise than this is not believed: it would be the failure itself (as a share of the level).
NOISE_CAP = 0.4
#: Standard errors by which a third must stand above what noise explains.
DOUBT = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Rises:
    """For each finite row the rise it belongs to, as far as it had come then. All arrays of shape (m,).

    Attributes:
        inside: Whether the row stands above the lowest level by more than the floor.
        begins: Index of the rise's first row; the row itself where it is in none.
        rows: Rows of the rise so far.
        share: What part of the run it lasts so far.
        early: Mean height of its first third above the lowest level, in log units (.1 is about 10 %).
        middle: As above, of its middle third.
        late: As above, of its last third.
        noise: Noise of a single row before it began.
        error: Standard error of the mean of a third.
        doubt: Height that noise alone may reach: some errors of the third above the chance depth of the base.
    """

    inside: Flags
    begins: Integers
    rows: Integers
    share: Floats
    early: Floats
    middle: Floats
    late: Floats
    noise: Floats
    error: Floats
    doubt: Floats

    def returning(self, kept: float, patience: float) -> Flags:
        """Whether it is on its way back: its end has lost more than `kept` of its beginning's height.

        A blow-up falls, too, without ever coming back (docs/adr/0013), so this excuses a rise only for
        `patience`, a share of the run.
        """
        lost = self.early - self.late
        return (lost > kept * np.maximum(self.early, 0.0)) & (self.share < patience)


def reference(features: Features) -> Floats:
    """The lowest level before each row, the first row's own level at the first; shape (m,)."""
    return np.concatenate([features.lowest[:1], features.lowest[:-1]])


def rises_above(features: Features, base: Floats, floor: Floats, smooth: Floats | None = None) -> Rises:
    """Finds the rises above `base`.

    Args:
        features: The prepared curve.
        base: Level to rise from, shape (m,); must never grow while a rise lasts.
        floor: Height from which a row counts as risen, shape (m,).
        smooth: Levels that decide what is inside, shape (m,). Without them a row is inside when it or the
            running median of 3 is, so that a rise begins at once and survives a single low row.

    A loss that has been below zero has no ratios: nothing rises there.
    """
    seen = np.maximum(features.level, features.recent) if smooth is None else smooth
    inside = (seen > base + floor) & features.positive
    index = np.arange(len(features))
    begins = begins_of(inside)
    rows = index - begins + 1
    third = np.maximum(np.minimum(rows, 2), rows // 3)
    sums = running_sums(features.level)
    middle = begins + (rows - third) // 2
    noise = _noise_before(features, begins)
    return Rises(
        inside=inside,
        begins=begins,
        rows=rows,
        share=features.share_since(begins),
        early=_mean(sums, begins, third) - base,
        middle=_mean(sums, middle, third) - base,
        late=_mean(sums, index + 1 - third, third) - base,
        noise=noise,
        error=noise / np.sqrt(third),
        doubt=noise * (DOUBT / np.sqrt(third) + features.chance_depth),
    )


def _noise_before(features: Features, begins: Integers) -> Floats:
    """Noise of a row before the rise began, not more than is believed.

    A rise that begins before the curve has shown its own noise is measured with what it has shown since,
    where that is less: the first rows fall steeply, and are few.
    """
    before = features.noise[np.maximum(begins - 1, 0)]
    unknown = begins < PRIOR_WEIGHT
    return np.minimum(np.where(unknown, np.minimum(before, features.noise), before), NOISE_CAP)


def _mean(sums: Floats, start: Integers, width: Integers) -> Floats:
    mean: Floats = (sums[start + width] - sums[start]) / width
    return mean


def beyond_noise(ratio: float, noise: float, rises: Rises) -> Floats:
    """Height that a rise must have: the ratio and the row's noise.

    Or half the ratio above what noise explains. The first is the larger one on quiet curves; the second
    keeps a batch of one record from looking like a rise.
    """
    height = float(np.log(ratio))
    return np.maximum(height + noise * rises.noise, 0.5 * height + rises.doubt)


def capped_noise(features: Features) -> Floats:
    """The noise at each row, not more than is believed."""
    return np.minimum(features.noise, NOISE_CAP)
