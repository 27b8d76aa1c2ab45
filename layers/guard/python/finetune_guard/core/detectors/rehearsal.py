"""Too hot or too cold: what a complete rehearsal of one epoch says of its learning rate.

Every batch is unseen, so the training loss of a rehearsal is a progressive validation (docs/adr/0014). The
rules look at the whole curve at once; they are not for a run that still goes on.
"""

from dataclasses import dataclass

import numpy as np

from finetune_guard.core.detectors.base import Rule, Seen
from finetune_guard.core.detectors.episodes import NOISE_CAP
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.running import running_median
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.metrics.series import Floats

HOT = Rule(Signal.DIVERGENCE, "rehearsal-2")
COLD = Rule(Signal.STAGNATION, "rehearsal-2")
#: Standard errors by which the end must stand above what it is compared with.
ERRORS = 2.0
#: On few rows the noise is itself uncertain: the standard errors asked for grow by this over the rows.
SMALL_SAMPLE = 5.0
#: A rise is not told from chance below this ratio, however quiet the curve.
LEAST_RATIO = 1.02
#: The standard error of a median is that of a mean times this, for normal noise.
MEDIAN = 1.2533
#: Three rows that stand by this ratio above the first were thrown there: at ten times a sound rate trained
#: rehearsals reached 1.7 to 2.5, at three times 1.1 (docs/early.md, "Guarded against one-shot").
THROWN = 1.5
#: A rate does its damage early: what comes after this share of the rows is rather in the data.
EARLY = 1 / 3
_ADVICE = "Rehearse again at a third of the learning rate before a full run is paid for."


@dataclass(frozen=True, slots=True)
class Temperature:
    """What a rehearsal says of its learning rate; at most one of the two is there.

    Attributes:
        hot: It made the model worse, or was making it worse.
        cold: Nothing was learned that the noise does not explain.
    """

    hot: Finding | None
    cold: Finding | None


def temperature(features: Features) -> Temperature:
    """Reads a rehearsal; a curve needs at least 10 finite rows, which the caller has checked.

    Measured on simulated rehearsals of 18 to 100 rows (docs/signals.md, "A rehearsal"): with a row noise of
    3 to 7 % none to 0.3 % of those that learn a third are called hot, and 2 to 5 % of those that learn
    nothing; a blow-up of 18 rows is seen in 87 to 100 %. With a noise of 13 % 0.3 to 1.3 %, and 44 % of the
    blow-ups of 18 rows.
    """
    noise = _noise(features.level)
    hot = _worse(features, noise) or _rising(features, noise) or _thrown(features, noise)
    return Temperature(hot, None if hot else _flat(features, noise))


def _noise(level: Floats) -> float:
    """Spread of a single row around its trend, in log units, over the whole curve.

    The larger of two estimates, since too little noise means a false alarm: the median of the differences,
    and their mean without the largest tenth, which a blow-up itself may have made. The factors make both the
    standard deviation of normal rows.
    """
    moves = np.sort(np.abs(np.diff(level)))
    kept = moves[: len(moves) - -(-len(moves) // 10)]
    return min(max(1.0484 * float(np.median(moves)), 1.076 * float(np.mean(kept))), NOISE_CAP)


def _rising(features: Features, noise: float) -> Finding | None:
    """The last third's median above the second third's by 2 standard errors."""
    third = len(features) // 3
    second, last = (
        float(np.median(part)) for part in (features.level[third:-third], features.level[-third:])
    )
    needed = max(_errors(len(features)) * MEDIAN * noise * np.sqrt(2.0 / third), float(np.log(LEAST_RATIO)))
    if last - second <= needed:
        return None
    return _hot(features, len(features) - third, (last - second, needed), "the median of the second third")


def _errors(rows: int) -> float:
    """Standard errors that count: 2, and as many more as few rows make the noise itself uncertain."""
    return ERRORS * (1.0 + SMALL_SAMPLE / rows)


def _worse(features: Features, noise: float) -> Finding | None:
    """The last fifth above the first row, or above the lowest level since, by 2 standard deviations.

    Only the first row knows what the untouched model gave: a blow-up takes 1 to 3 rows and falls from there
    (docs/adr/0013). The lowest of many running medians lies below the true level by
    chance alone, by about its error times sqrt(2 ln how many there are); that is not held against the end.
    """
    rows = len(features)
    fifth = max(2, rows // 5)
    last = float(np.median(features.level[-fifth:]))
    error = MEDIAN * noise / float(np.sqrt(fifth))
    by_chance = error * float(np.sqrt(2.0 * np.log(rows / fifth)))
    lowest = float(np.min(running_median(features.level, fifth)[fifth - 1 :]))
    least = float(np.log(LEAST_RATIO))
    from_first = (last - float(features.level[0]), max(_errors(rows) * float(np.hypot(noise, error)), least))
    from_lowest = (last - lowest, max(by_chance + _errors(rows) * float(np.hypot(noise, error)), least))
    for heights, above in ((from_first, "the first row"), (from_lowest, "the lowest level reached")):
        if heights[0] > heights[1]:
            return _hot(features, rows - fifth, heights, above)
    return None


def _thrown(features: Features, noise: float) -> Finding | None:
    """Thrown up in the first third, and at the end not below the first row by 2 standard deviations.

    Where a row is one record, the first row says little of what the untouched model gave, and an end that is
    worse may stand no higher. What the rate did at the beginning is then the surer sign: a rehearsal that
    only made good the damage has learned nothing.
    """
    rows = len(features)
    errors = _errors(rows)
    spread = MEDIAN * noise / float(np.sqrt(3))
    by_chance = spread * float(np.sqrt(2.0 * np.log(rows / 3)))
    early = running_median(features.level, 3)[2 : int(rows * EARLY)]
    first, highest = float(features.level[0]), int(np.argmax(early))
    height = float(early[highest]) - first
    needed = max(by_chance + errors * float(np.hypot(noise, spread)), float(np.log(THROWN)))
    if height <= needed or _clearly_below(features, noise):
        return None
    return _damaged(features, highest + 1, (height, needed))


def _clearly_below(features: Features, noise: float) -> bool:
    """Whether the last fifth is below the first row by 2 standard deviations of that difference."""
    fifth = len(features) // 5
    fall = float(features.level[0]) - float(np.median(features.level[-fifth:]))
    error = MEDIAN * noise / float(np.sqrt(fifth))
    return fall > max(_errors(len(features)) * float(np.hypot(noise, error)), float(np.log(LEAST_RATIO)))


def _damaged(features: Features, row: int, heights: tuple[float, float]) -> Finding:
    height, needed = (float(np.exp(value)) for value in heights)
    first, last = int(features.step[row]), int(features.step[-1])
    sentence = (
        f"From step {first} on the loss was thrown up to {height:.2f} times the first row (from {needed:.2f} "
        f"times it is too hot), and at the end, at step {last}, it is not clearly below the first row: this "
        "rate damages the model."
    )
    return HOT.finding(Severity.CRITICAL, Seen(first, last, last, height, needed), sentence, _ADVICE)


def _hot(features: Features, row: int, heights: tuple[float, float], above: str) -> Finding:
    height, needed = (float(np.exp(value)) for value in heights)
    first, last = int(features.step[row]), int(features.step[-1])
    sentence = (
        f"From step {first} to the end at {last} the loss of unseen batches is {height:.2f} times {above} "
        f"(from {needed:.2f} times it is too hot): this rate makes the model worse."
    )
    return HOT.finding(Severity.CRITICAL, Seen(first, last, last, height, needed), sentence, _ADVICE)


def _flat(features: Features, noise: float) -> Finding | None:
    """A total descent, from the first third to the last, of less than 2 standard errors."""
    third = len(features) // 3
    first, last = (float(np.median(part)) for part in (features.level[:third], features.level[-third:]))
    needed = _errors(len(features)) * MEDIAN * noise * float(np.sqrt(2.0 / third))
    if first - last >= needed:
        return None
    fall, least = 1.0 - float(np.exp(last - first)), 1.0 - float(np.exp(-needed))
    begins, ends = int(features.step[0]), int(features.step[-1])
    sentence = (
        f"Over the {len(features)} rows of the rehearsal the loss fell by {fall:.1%}, less than its own "
        f"noise explains ({least:.1%})."
    )
    advice = (
        "The rate may be too low, or the model may know these data already: compare with a rate three "
        "times as high."
    )
    return COLD.finding(Severity.WARNING, Seen(begins, ends, ends, fall, least), sentence, advice)
