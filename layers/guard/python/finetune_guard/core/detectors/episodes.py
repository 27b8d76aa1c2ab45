"""Rises: stretches of rows that stand above the lowest level reached before them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from finetune_guard.core.detectors.base import Flags
from finetune_guard.core.detectors.features import Features, width_at
from finetune_guard.core.limits import DivergenceLimits
from finetune_guard.core.metrics.series import Floats, Integers

#: More noise than this is not believed: it would be the failure itself (as a share of the level).
NOISE_CAP = 0.4
#: A row counts as risen from this ratio on, plus the noise of a single row.
FLOOR = 1.1
#: The newest row must still have this share of the height that is needed.
STILL_HIGH = 0.8
#: Standard errors by which a third must stand above what noise explains.
DOUBT = 2.5
#: A row counts against a blip from this share of the height on.
HALF_WAY = 0.3
#: A rise is on its way back once it lost this share of its height; that excuses it for this share of the run.
RETURNED = 0.3
RETURN_PATIENCE = 0.2
#: A rise is a jump when its third row has this share of its height.
SUDDEN = 0.6


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

        A blow-up falls, too, without ever coming back (docs/adr/0013), so this excuses
        a rise only for `patience`, a share of the run.
        """
        lost = self.early - self.late
        return (lost > kept * np.maximum(self.early, 0.0)) & (self.share < patience)


@dataclass(frozen=True, slots=True, eq=False)
class Lasting:
    """Rises that stay, row by row; all arrays of shape (m,).

    Attributes:
        rises: The rise of each row.
        needed: Height it must have, in log units.
        fires: Whether it has lasted at this row.
        sudden: Whether it came within three rows.
    """

    rises: Rises
    needed: Floats
    fires: Flags
    sudden: Flags


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
    """
    line = base + floor
    seen = np.maximum(features.level, features.recent) if smooth is None else smooth
    inside = seen > line
    index = np.arange(len(features))
    begins = np.minimum(np.maximum.accumulate(np.where(inside, -1, index)) + 1, index)
    rows = index - begins + 1
    third = np.maximum(np.minimum(rows, 2), rows // 3)
    sums = np.concatenate([[0.0], np.cumsum(features.level)])
    middle = begins + (rows - third) // 2
    noise = np.minimum(features.noise[np.maximum(begins - 1, 0)], NOISE_CAP)
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
        doubt=noise * (DOUBT / np.sqrt(third) + _chance_depth(features)),
    )


def _chance_depth(features: Features) -> Floats:
    """How far the lowest level lies below the true one by chance, in noises.

    For m independent medians of w normal rows: 1.25 / sqrt w times sqrt (2 ln m), w and m as they were where
    the lowest was reached. On a flat noisy curve that is early, where the medians are narrow.
    """
    index = np.arange(len(features))
    lower = np.diff(features.lowest, prepend=np.inf) < 0
    seen = np.maximum.accumulate(np.where(lower, index, 0)) + 1
    width = width_at(seen)
    depth: Floats = 1.2533 / np.sqrt(width) * np.sqrt(2.0 * np.log(np.maximum(seen / width, 2.0)))
    return depth


def _mean(sums: Floats, start: Integers, width: Integers) -> Floats:
    mean: Floats = (sums[start + width] - sums[start]) / width
    return mean


class LastingLimits(Protocol):
    """The thresholds that a lasting rise is measured with."""

    @property
    def ratio(self) -> float: ...  # noqa: D102
    @property
    def noise(self) -> float: ...  # noqa: D102
    @property
    def wait_points(self) -> int: ...  # noqa: D102
    @property
    def wait_share(self) -> float: ...  # noqa: D102


def lasting(features: Features, base: Floats, limits: LastingLimits, humps: DivergenceLimits) -> Lasting:
    """Which rows end a rise that has lasted, each harmless explanation excluded.

    A rise counts when it has outlasted a blip (points and share of the run), stands above the ratio now as
    well as on average, is not on its way back, and is no hump of the warm-up.
    """
    rises = rises_above(features, base, np.log(FLOOR) + capped_noise(features))
    needed = beyond_noise(limits.ratio, limits.noise, rises)
    now = np.minimum(features.level, features.recent) - base
    waited = _outwaited(features, rises, features.level - base > HALF_WAY * needed, limits)
    high = (rises.late > needed) & (now > STILL_HIGH * needed)
    hump = _hump(features, rises, humps)
    returning = rises.returning(RETURNED, RETURN_PATIENCE)
    fires = rises.inside & waited & high & ~hump & ~returning
    return Lasting(rises, needed, fires, _sudden(features, base, rises))


def beyond_noise(ratio: float, noise: float, rises: Rises) -> Floats:
    """Height that a rise must have: the ratio and the row's noise.

    Or half the ratio above what noise explains. The first is the larger one on quiet curves; the second
    keeps a batch of one record from looking like a rise.
    """
    height = float(np.log(ratio))
    return np.maximum(height + noise * rises.noise, 0.5 * height + rises.doubt)


def _outwaited(features: Features, rises: Rises, up: Flags, limits: LastingLimits) -> Flags:
    """Whether more rows than a blip has stand at least half-way up, wherever in the rise they are."""
    so_far = np.concatenate([[0], np.cumsum(up)])
    rows = so_far[1:] - so_far[rises.begins]
    share = rows * features.spacing / features.total
    waited: Flags = (rises.rows > limits.wait_points) & (share > limits.wait_share)
    return waited


def _hump(features: Features, rises: Rises, limits: DivergenceLimits) -> Flags:
    """Whether the warm-up may still explain it: begun and seen within it, and not too high."""
    over = features.progress > limits.warm_up_share
    hump: Flags = ~over & (rises.late < np.log(limits.warm_up_ratio))
    return hump


def _sudden(features: Features, base: Floats, rises: Rises) -> Flags:
    """Whether the rise had most of its height within its first three rows."""
    third = np.minimum(rises.begins + 2, len(features) - 1)
    sudden: Flags = features.recent[third] - base > SUDDEN * rises.late
    return sudden


def capped_noise(features: Features) -> Floats:
    """The noise at each row, not more than is believed."""
    return np.minimum(features.noise, NOISE_CAP)
