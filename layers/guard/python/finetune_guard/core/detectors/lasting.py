"""Rises that stay: what is left when each harmless explanation is excluded."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from finetune_guard.core.detectors.base import Flags
from finetune_guard.core.detectors.episodes import Rises, beyond_noise, capped_noise, rises_above
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.running import running_counts
from finetune_guard.core.detectors.steadiness import steadiness
from finetune_guard.core.limits import DivergenceLimits
from finetune_guard.core.metrics.series import Floats

#: A row counts as risen from this ratio on, plus the noise of a single row.
FLOOR = 1.1
#: The newest row must still have this share of the height that is needed.
STILL_HIGH = 0.8
#: A row counts against a blip from this share of the height on.
HALF_WAY = 0.3
#: A rise is on its way back once it lost this share of its height; that excuses it for this share of the run.
RETURNED = 0.3
RETURN_PATIENCE = 0.2
#: As long, a rise is excused whose newest rows fall one after the other, together by so many noises and by
#: this share of the height they fell from.
FALLING_ROWS, FALLING_NOISES, FALLING_SHARE = 2, 2.0, 0.15
#: A rise is a jump when its third row has this share of its height.
SUDDEN = 0.6


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
    @property
    def steadiness(self) -> float: ...  # noqa: D102


def lasting(features: Features, base: Floats, limits: LastingLimits, humps: DivergenceLimits) -> Lasting:
    """Which rows end a rise that has lasted, each harmless explanation excluded.

    A rise counts when it has outlasted a blip (points and share of the run) or climbs as no blip does, stands
    above the ratio now as well as on average, is not on its way back, and is no hump of the warm-up.
    """
    rises = rises_above(features, base, np.log(FLOOR) + capped_noise(features))
    needed = beyond_noise(limits.ratio, limits.noise, rises)
    now = np.minimum(features.level, features.recent) - base
    waited = _outwaited(features, rises, features.level - base > HALF_WAY * needed, limits)
    steady = steadiness(features, base, rises, needed) > limits.steadiness
    climbed = steady & _as_long_as_a_blip(features, rises, limits)
    high = (rises.late > needed) & (now > STILL_HIGH * needed)
    excused = _hump(features, rises, humps) | _going_back(features, base, rises)
    fires = rises.inside & (waited | climbed) & high & ~excused
    return Lasting(rises, needed, fires, _sudden(features, base, rises))


def _outwaited(features: Features, rises: Rises, up: Flags, limits: LastingLimits) -> Flags:
    """Whether more rows than a blip has stand at least half-way up, wherever in the rise they are."""
    so_far = running_counts(up)
    rows = so_far[1:] - so_far[rises.begins]
    share = rows * features.spacing / features.total
    waited: Flags = (rises.rows > limits.wait_points) & (share > limits.wait_share)
    return waited


def _as_long_as_a_blip(features: Features, rises: Rises, limits: LastingLimits) -> Flags:
    """Whether an even climb may be called, one row earlier than a jump: known only where there is a plan."""
    known = features.curve.planned_steps is not None
    long: Flags = (rises.rows >= limits.wait_points) & (rises.share > limits.wait_share) & known
    return long


def _hump(features: Features, rises: Rises, limits: DivergenceLimits) -> Flags:
    """Whether the warm-up may still explain it: begun and seen within it, and not too high."""
    over = features.progress > limits.warm_up_share
    hump: Flags = ~over & (rises.late < np.log(limits.warm_up_ratio))
    return hump


def _going_back(features: Features, base: Floats, rises: Rises) -> Flags:
    """Whether it comes back: on the whole, or by its newest rows, each lower than the one before."""
    back = rises.returning(RETURNED, RETURN_PATIENCE)
    if len(features) <= FALLING_ROWS:
        return back
    newest, level = slice(FALLING_ROWS, None), features.level
    falls = np.diff(level) < 0.0
    all_fall = np.logical_and.reduce(
        [falls[shift : len(falls) - FALLING_ROWS + 1 + shift] for shift in range(FALLING_ROWS)]
    )
    fallen, height = level[:-FALLING_ROWS] - level[newest], level[:-FALLING_ROWS] - base[newest]
    far = (fallen > FALLING_NOISES * rises.noise[newest]) & (fallen > FALLING_SHARE * height)
    back[newest] |= all_fall & far & (rises.share[newest] < RETURN_PATIENCE)
    return back


def _sudden(features: Features, base: Floats, rises: Rises) -> Flags:
    """Whether the rise had most of its height within its first three rows."""
    third = np.minimum(rises.begins + 2, len(features) - 1)
    sudden: Flags = features.recent[third] - base > SUDDEN * rises.late
    return sudden
