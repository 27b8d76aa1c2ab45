"""Oscillation: the loss swings up and down in order, and nothing is gained by it."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, severity_of, statuses
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.foretelling import Stretch, Sums, in_order, mean_of, moments
from finetune_guard.core.detectors.running import running_sums
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.limits import OscillationLimits
from finetune_guard.core.metrics.series import Floats, Integers
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.OSCILLATION, "1")
ADVICE = (
    "Lower the learning rate (a third is a good next try); if the swings follow the order of the data, "
    "shuffle the records instead."
)
#: A row is on a side from this share of the least swing on: half-way from the mean to the peak.
SIDE = 0.25
#: The first and the last third must swing by this share of it as well, which a burst of noise does not.
CALMEST = 0.5
#: Part of a row's distance by which rounding may miss a stretch's first row.
ROUNDING = 1e-6


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether the loss has swung without gain for long enough, at each finite row.

    Labelling rule R8: alternating swings of at least half the mean, for at least half the run, with no net
    progress. White noise of that size alternates, too, and is what a batch of one record looks like. So the
    swings must have an order: a sine wave of any period, and any slow one, is foretold by its last two rows
    (an autoregression), and a square one by the row half a period before; noise is not.
    """
    limits = pack.oscillation
    rows = np.arange(1, len(features) + 1)
    level = features.level - features.level[:1]
    sums = running_sums(level), running_sums(level * level)
    long, short = (
        _stretch(features, sums, share, limits.minimum_points)
        for share in (limits.share, limits.suspected_share)
    )
    certain, suspected = (_swings(level, sums, stretch, limits) for stretch in (long, short))
    status = statuses(rows >= limits.minimum_points, suspected, certain)

    def describe(row: int) -> Finding:
        severity = severity_of(status[row], limits.severity)
        stretch = long if certain[row] else short
        return RULE.finding(severity, *_told(features, level, stretch, row, limits), ADVICE)

    return Trace(RULE.signal, features.step, status, rows, limits.minimum_points, describe)


def _stretch(features: Features, sums: Sums, share: float, least: int) -> Stretch:
    """The stretch of each row; all rows so far, and no spread, where the run was too short to hold it."""
    stop = np.arange(1, len(features) + 1)
    begin = features.step + (1.0 + ROUNDING) * features.spacing - share * features.total
    start = np.searchsorted(features.step, begin, side="right") - 1
    start = np.minimum(start, stop - least)
    whole, start = start >= 0, np.maximum(start, 0)
    mean, spread = moments(sums, start, stop)
    return Stretch(start, stop - start, mean, np.where(whole, spread, 0.0))


def _swings(level: Floats, sums: Sums, stretch: Stretch, limits: OscillationLimits) -> Flags:
    """Where the stretch swings; each question is asked only of the rows that the one before it left."""
    swings = np.zeros(len(level), dtype=bool)
    left = np.flatnonzero(stretch.spread >= np.arctanh(limits.swing / 2.0) / np.sqrt(2.0))
    left = left[_without_gain(sums, stretch.at(left), limits.progress)]
    left = left[_throughout(sums, stretch.at(left), limits.swing)]
    if len(left):
        turns = _turns(level, stretch.mean, limits.swing)
        left = left[_alternates(turns, stretch.at(left), limits.turns)]
        swings[left] = in_order(level, sums, stretch.at(left), limits)
    return swings


def _swing(spread: Floats) -> Floats:
    """From trough to peak as a share of the mean loss, of a sine wave with this spread; 0 to 2."""
    swing: Floats = 2.0 * np.tanh(np.sqrt(2.0) * spread)
    return swing


def _without_gain(sums: Sums, stretch: Stretch, progress: float) -> Flags:
    """Whether the mean level of the second half is not below that of the first.

    An unfinished swing counts as gain while it lasts: to allow for it would let slow falls through.
    """
    start, stop = stretch.start, stretch.start + stretch.rows
    middle = start + stretch.rows // 2
    without: Flags = mean_of(sums[0], start, middle) - mean_of(sums[0], middle, stop) < progress
    return without


def _throughout(sums: Sums, stretch: Stretch, swing: float) -> Flags:
    start, stop, third = stretch.start, stretch.start + stretch.rows, stretch.rows // 3
    spreads = moments(sums, start, start + third)[1], moments(sums, stop - third, stop)[1]
    throughout: Flags = _swing(np.minimum(*spreads)) >= CALMEST * swing
    return throughout


def _turns(level: Floats, mean: Floats, swing: float) -> Integers:
    """How often the level has changed its side of the mean before each row; shape (m + 1,)."""
    away = level - mean
    turns = np.zeros(len(level) + 1, dtype=np.int64)
    far = np.flatnonzero(np.abs(away) > SIDE * swing)
    turns[far[1:] + 1] = (away[far[1:]] > 0) != (away[far[:-1]] > 0)
    return np.cumsum(turns)


def _alternates(turns: Integers, stretch: Stretch, least: int) -> Flags:
    """Whether it changes sides often enough, and in its first and its last third, too."""
    start, stop, third = stretch.start, stretch.start + stretch.rows, stretch.rows // 3
    before, after = turns[start], turns[stop]
    alternates: Flags = (
        (after - before >= least) & (turns[start + third] > before) & (after > turns[stop - third])
    )
    return alternates


def _told(
    features: Features, level: Floats, stretch: Stretch, row: int, limits: OscillationLimits
) -> tuple[Seen, str]:
    start, rows = int(stretch.start[row]), int(stretch.rows[row])
    seen, swing = slice(start, row + 1), float(_swing(stretch.spread[row : row + 1])[0])
    turns = _turns(level, stretch.mean, limits.swing)
    times = int(turns[row + 1] - turns[start])
    first, now = int(features.step[start]), int(features.step[row])
    sentence = (
        f"In the {rows} rows from step {first} to {now} the loss went up and down between "
        f"{np.min(features.loss[seen]):.4g} and {np.max(features.loss[seen]):.4g} and changed sides "
        f"{times} times, with a swing of {swing:.0%} of its mean (at least {limits.swing:.0%} is an "
        f"oscillation) and no lasting gain. The swings have an order, one in about {2 * rows / times:.2g} "
        f"rows, which noise has not."
    )
    return Seen(first, now, now, swing, limits.swing), sentence
