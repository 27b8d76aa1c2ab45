"""Step time: the run's steps take much longer than they did."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, nothing_exposed, statuses
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.running import running_counts
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.limits import StepTimeLimits
from finetune_guard.core.metrics.series import Floats, Integers, MetricSeries
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.STEP_TIME, "1")
ADVICE = (
    "Look for what changed at that step: longer records, a slower disk or network, another job on the "
    "machine. The model is not affected, only the time, and the cost where hours are billed."
)
#: Of the last rows so many must be slow: an evaluation or a checkpoint may speed or slow a row of its own.
MOST_OF_THEM = 0.8
#: The usual step time is taken anew when the run has grown by this factor, beginning with so many rows.
GROWTH, FIRST_MARK = 1.5, 5


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether the last rows took a multiple of the run's own usual step time, at each row.

    Needs a step time, or a time, whatever the losses are. Usual is the median of the rows before the last
    ones, so the first rows (compilation, a cold machine), a slow evaluation and the gap of a resume change
    nothing. A multiple of a median has neither the unit of the steps nor that of the time. Slow steps that
    have become the greater part of a run are its usual ones.
    """
    limits, training = pack.step_time, features.curve.training
    seconds = seconds_per_step(training)
    if not len(seconds):
        return nothing_exposed(RULE.signal, training.step, limits.minimum_points)
    told = np.isfinite(seconds) & (seconds > 0)
    step, seconds, rows = training.step[told], seconds[told], np.cumsum(told, dtype=np.int64)
    width = np.maximum(
        limits.recent_points, np.ceil(limits.recent_share * np.arange(1, len(step) + 1)).astype(np.int64)
    )
    usual = _usual(seconds, width)
    slow = seconds > limits.ratio * usual
    fires = _mostly(slow, width)
    last = np.maximum(rows - 1, 0)
    certain = (rows >= limits.minimum_points) & (fires[last] if len(step) else False)
    status = statuses(rows >= limits.minimum_points, np.zeros_like(certain), certain)

    def describe(row: int) -> Finding:
        here = int(last[row])
        begun = _begun(fires, here)
        start = begun - int(width[begun]) + 1
        window = slice(start + int(np.argmax(slow[start:])), here + 1)
        return RULE.finding(limits.severity, *_told(step, seconds, usual, window, limits), ADVICE)

    return Trace(RULE.signal, training.step, status, rows, limits.minimum_points, describe)


def seconds_per_step(training: MetricSeries) -> Floats:
    """Seconds a step at each row: as exposed, or from the time between rows; shape (n,) or (0,).

    NaN where a row does not tell: the first row of a time, one without a time, one whose clock stands still.
    Rows at which a coarse clock stands still count with the next that moves. Where the clock goes back, as it
    may after a resume, the number is negative and says nothing.
    """
    if len(training.step_time) or not len(training.time):
        return training.step_time
    out = np.full(len(training), np.nan)
    timed = np.flatnonzero(np.isfinite(training.time))
    moved = timed[np.diff(training.time[timed], prepend=np.nan) != 0]
    out[moved[1:]] = np.diff(training.time[moved]) / np.diff(training.step[moved])
    return out


def _usual(seconds: Floats, width: Integers) -> Floats:
    """Median step time of the rows before the last `width`, as of the last mark among them; NaN before it.

    Marks lie a factor apart, the same whatever comes later, so that all medians together cost a few passes.
    """
    marks = _marks(len(seconds))
    medians = [np.nan, *(_median(seconds[:mark]) for mark in marks)]
    before = np.arange(1, len(seconds) + 1) - width
    usual: Floats = np.array(medians)[np.searchsorted(np.array(marks), before, side="right")]
    return usual


def _median(seconds: Floats) -> float:
    """The median; of an even number the upper middle, since a mean of two may leave the float range."""
    middle = len(seconds) // 2
    return float(np.partition(seconds, middle)[middle])


def _marks(rows: int) -> list[int]:
    marks, mark = [], FIRST_MARK
    while mark <= rows:
        marks.append(mark)
        mark = int(np.ceil(mark * GROWTH))
    return marks


def _mostly(slow: Flags, width: Integers) -> Flags:
    """Whether nearly all of the last `width` rows are slow; False where there are fewer rows."""
    counts = running_counts(slow)
    ends = np.arange(1, len(slow) + 1)
    number = counts[1:] - counts[np.maximum(ends - width, 0)]
    mostly: Flags = (ends >= width) & (number >= MOST_OF_THEM * width)
    return mostly


def _begun(fires: Flags, row: int) -> int:
    """The row from which on the steps have been called slow without a break; the first rows never are."""
    return int(np.flatnonzero(~fires[:row])[-1]) + 1


def _told(
    step: Integers, seconds: Floats, usual: Floats, window: slice, limits: StepTimeLimits
) -> tuple[Seen, str]:
    recent, base = _median(seconds[window]), float(np.nanmin(usual[window]))
    first, now = int(step[window][0]), int(step[window][-1])
    sentence = (
        f"Steps {first} to {now} took {recent:.3g} s each (median of {len(step[window])} rows), "
        f"{recent / base:.1f} times the {base:.3g} s that were usual before (more than {limits.ratio:g} "
        "times counts as slow)."
    )
    return Seen(first, now, now, recent, limits.ratio * base), sentence
