"""Collapse: the loss is pinned, at exactly zero or above what was reached, far below its own noise."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, latched, severity_of, statuses
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.limits import CollapseLimits
from finetune_guard.core.metrics.series import Floats, Integers
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.COLLAPSE, "1")
#: Numbers of rows in a row that are looked at; longer ones need less precision.
WIDTHS = (3, 4, 6, 9)
#: More noise than this is not believed, as a share of the level.
NOISE_CAP = 0.3
#: A stretch that stands this many noises beyond the ratio above the rows before came by a jump. Jumps are
#: few, so chance has only so many tries there, not one at each row of the run.
JUMP_NOISES, JUMP_TRIES = 3.0, 3.0
#: A last finite loss this many times the lowest before is a jump.
JUMP = 1.3


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether the loss is pinned, at each finite row.

    Exact zeros and a pinned level need no minimum of rows.
    """
    limits = pack.collapse
    rows = np.arange(1, len(features) + 1)
    zero, pinned = _zero(features, limits), _pinned(features, limits)
    certain = zero | pinned
    status = statuses(rows >= WIDTHS[0], np.zeros_like(certain), certain)

    def describe(row: int) -> Finding:
        severity = severity_of(status[row], limits.severity)
        if zero[row]:
            return _finding_of_zero(features, row, severity)
        return _finding_of_pinned(features, row, severity, limits)

    return Trace(RULE.signal, features.step, status, rows, WIDTHS[0], describe)


def _zero(features: Features, limits: CollapseLimits) -> Flags:
    """Exact zeros that no smooth fall explains.

    A log that rounds to 4 decimals prints 0.0 for a good tail.
    """
    loss = features.loss
    index = np.arange(len(loss))
    last_other = np.maximum.accumulate(np.where(loss != 0, index, -1))
    length = index - last_other
    before = np.where(last_other >= 0, loss[np.maximum(last_other, 0)], 0.0)
    lowest = np.concatenate([[0.0], np.minimum.accumulate(loss)])[np.maximum(last_other, 0)]
    jumped = (length >= 1) & (before > JUMP * lowest)
    fell = (length >= 2) & (before > 0)
    steep = (before > limits.zero_level * loss[:1]) & (jumped | fell)
    never = (last_other < 0) & (length >= limits.zero_points)
    zero: Flags = (length >= 1) & (steep | never)
    return zero


def _pinned(features: Features, limits: CollapseLimits) -> Flags:
    """Rows that end a stretch pinned above the lowest loss before it."""
    begins = _stretches(features.level, limits.band)
    lowest = np.minimum.accumulate(features.level)
    before = np.maximum(begins - 1, 0)
    noise = np.minimum(features.noise[before], NOISE_CAP)
    doubt = noise * WIDTHS[0] / (np.arange(len(features)) - begins + 1)
    high = features.level - lowest[before] > np.log(limits.ratio) + doubt
    tries = _tries(features, before, noise, limits)
    fires = np.zeros(len(features), dtype=np.bool_)
    for width in WIDTHS:
        rare = noise * (limits.coincidence / tries) ** (1.0 / (width - 1))
        fires |= _unlikely(features, begins, rare, width, limits.band)
    return latched(fires & high & (begins > 0), begins)


def _stretches(level: Floats, band: float) -> Integers:
    """Index of the row from which on each level differs from the one before by less than the band."""
    index = np.arange(len(level))
    moved = np.abs(np.diff(level, prepend=level[:1] + 2 * band)) >= band
    begins: Integers = np.maximum.accumulate(np.where(moved, index, 0))
    return begins


def _tries(features: Features, before: Integers, noise: Floats, limits: CollapseLimits) -> Floats:
    """How often chance may pin a stretch like this one: at each planned row, or after each jump."""
    planned_rows = features.total / features.spacing
    jump = features.level - features.recent[before] > np.log(limits.ratio) + JUMP_NOISES * noise
    return np.where(jump, np.minimum(JUMP_TRIES, planned_rows), planned_rows)


def _unlikely(features: Features, begins: Integers, rare: Floats, width: int, band: float) -> Flags:
    """Whether the last `width` rows are within a range that the run's noise would hardly give them.

    That many rows fall into a range r of a noise s with a chance near (r / s) ** (width - 1) at each try, so
    `rare` is s times a root of the chance that is allowed: a root of a smooth array in place of a power of a
    rough one.
    """
    unlikely = np.zeros(len(features), dtype=np.bool_)
    if len(features) < width:
        return unlikely
    extent = _extent(features.level, width)
    at = slice(width - 1, None)
    length = np.arange(width - 1, len(features)) - begins[at] + 1
    unlikely[at] = (length >= width) & (extent < band) & (extent < rare[at])
    return unlikely


def _extent(level: Floats, width: int) -> Floats:
    """Range of the levels of each full window of so many rows."""
    shifted = [level[shift : len(level) - width + 1 + shift] for shift in range(width)]
    extent: Floats = np.maximum.reduce(shifted) - np.minimum.reduce(shifted)
    return extent


def _finding_of_zero(features: Features, row: int, severity: Severity) -> Finding:
    others = np.flatnonzero(features.loss[: row + 1] != 0)
    first = int(others[-1]) + 1 if len(others) else 0
    steps = (int(features.step[first]), int(features.step[row]), int(features.step[row]))
    before = f"after {features.loss[first - 1]:.4g}" if first else "from the first row on"
    sentence = (
        f"The loss is exactly 0 at {row - first + 1} rows up to step {steps[1]}, {before}; no smooth fall "
        "led there."
    )
    advice = (
        "Nothing is being learned: look for records whose completion is empty or cut off, for broken "
        "numbers at this precision, and lower the learning rate."
    )
    return RULE.finding(severity, Seen(*steps, 0.0, 0.0), sentence, advice)


def _finding_of_pinned(features: Features, row: int, severity: Severity, limits: CollapseLimits) -> Finding:
    first = int(_stretches(features.level[: row + 1], limits.band)[row])
    lowest = float(np.min(features.loss[:first]))
    value = float(features.loss[row])
    times = value / lowest if lowest > 0 else float("inf")
    steps = (int(features.step[first]), int(features.step[row]), int(features.step[row]))
    sentence = (
        f"Since step {steps[0]}, for {row - first + 1} rows, the loss is pinned at {value:.4g}, "
        f"{times:.2f} times the lowest before ({lowest:.4g}); a loss that learns is never that still."
    )
    advice = (
        "The model answers everything alike: lower the learning rate and start again from the base model."
    )
    return RULE.finding(severity, Seen(*steps, times, limits.ratio), sentence, advice)
