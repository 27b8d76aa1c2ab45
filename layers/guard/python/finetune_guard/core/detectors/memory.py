"""Memory: it grows from step to step, as a leak does."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, nothing_exposed, statuses
from finetune_guard.core.detectors.features import Features, spacing_of, total_of
from finetune_guard.core.detectors.running import running_median, running_sums
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.limits import MemoryLimits
from finetune_guard.core.metrics.series import Floats, Integers
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.MEMORY, "1")
ADVICE = (
    "Look for what the loop keeps: losses or outputs that are gathered with their graph, a cache, records "
    "that get longer. A run that is out of memory ends without a model."
)
#: A rise is looked at in so many equal parts.
PARTS = 6
FEWEST_OF_A_PART = 3
#: It is looked for in all rows but the first tenth, in the last half and in the last quarter.
SPANS = (0.9, 0.5, 0.25)
#: Rows of the running median: what an evaluation or a checkpoint takes for a row or two is no level.
WIDTH = 5


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether memory has risen steadily, at each row that has one.

    Steadily: each sixth of the rise stands above the one before by a good part of the mean rise. A level that
    is reached at once (warm-up, an evaluation, the longest record so far) stands in one sixth and not in the
    others; the highest of all records so far, which is what a peak counter shows, rises ever more slowly.
    """
    limits, curve = pack.memory, features.curve
    memory = curve.training.memory
    if not len(memory):
        return nothing_exposed(RULE.signal, curve.training.step, limits.minimum_points)
    told = np.isfinite(memory) & (memory > 0)
    step, rows = curve.training.step[told], np.cumsum(told, dtype=np.int64)
    widths = _widths(len(step))
    levels = _levels(running_median(memory[told], WIDTH), widths)
    steady = _steady(levels, limits) & _long(step, widths, curve.planned_steps, limits)
    last = np.maximum(rows - 1, 0)
    fires: Flags = np.any(steady, axis=0)
    certain = (rows >= limits.minimum_points) & (fires[last] if len(step) else False)
    status = statuses(rows >= limits.minimum_points, np.zeros_like(certain), certain)

    def describe(row: int) -> Finding:
        here = int(last[row])
        span = int(np.argmax(steady[:, here]))
        part = step[here + 1 - PARTS * int(widths[span, here]) : here + 1]
        seen, sentence = _told(part, levels[:, span, here], curve.planned_steps, limits)
        return RULE.finding(limits.severity, seen, sentence, ADVICE)

    return Trace(RULE.signal, curve.training.step, status, rows, limits.minimum_points, describe)


def _widths(rows: int) -> Integers:
    """Rows of a part of each span, as each row sees it; shape (spans, m)."""
    widths: Integers = (np.multiply.outer(SPANS, np.arange(1, rows + 1)) / PARTS).astype(np.int64)
    return widths


def _levels(memory: Floats, widths: Integers) -> Floats:
    """Mean memory of each part of each span, as each row sees it; shape (parts, spans, m)."""
    sums = running_sums(memory)
    ends = np.arange(1, len(memory) + 1)
    borders = [sums[ends - part * widths] for part in range(PARTS, -1, -1)]
    levels: Floats = np.diff(borders, axis=0) / np.maximum(widths, 1)
    return levels


def _steady(levels: Floats, limits: MemoryLimits) -> Flags:
    """Whether a span rises far enough, and each part of it by its share; shape (spans, m)."""
    rise = levels[-1] - levels[0]
    least = np.min(levels[1:] - levels[:-1], axis=0)
    even = (least > 0) & (least >= limits.evenness * rise / (PARTS - 1))
    steady: Flags = even & (rise > limits.growth * levels[0])
    return steady


def _long(step: Integers, widths: Integers, planned: int | None, limits: MemoryLimits) -> Flags:
    """Whether a span has rows enough for its parts, and lasts a share of the run; shape (spans, m)."""
    spacing = spacing_of(step)
    begins = np.minimum(np.arange(1, len(step) + 1) - PARTS * widths, np.arange(len(step)))
    share = (step - step[begins] + spacing) / total_of(step, spacing, planned)
    long: Flags = (share >= limits.share) & (widths >= FEWEST_OF_A_PART)
    return long


def _told(step: Integers, levels: Floats, planned: int | None, limits: MemoryLimits) -> tuple[Seen, str]:
    first, now = int(step[0]), int(step[-1])
    low, high = float(levels[0]), float(levels[-1])
    # The means of the first and of the last part stand one part less than the span apart.
    rate = (high - low) / ((now - first) * (PARTS - 1) / PARTS)
    sentence = (
        f"Memory has risen evenly from {amount(low, high)} to {amount(high, high)} between step {first} and "
        f"step {now}, by {high / low - 1.0:.0%} (more than {limits.growth:.0%} counts), about "
        f"{amount(rate * 100, high)} every 100 steps."
    )
    if planned is not None and planned > now:
        at_end = high + rate * (planned - now)
        sentence += (
            f" At that rate it would be {amount(at_end, at_end)} at step {planned}, the end of the plan."
        )
    return Seen(first, now, now, high, low * (1.0 + limits.growth)), sentence


def amount(number: float, level: float) -> str:
    """`number` in the unit that suits `level`.

    Below a MiB both are told as they were logged: no training fits into that, so their unit is not bytes.
    """
    for unit, size in (("GiB", 2.0**30), ("MiB", 2.0**20)):
        if level >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.3g}"
