"""Overfitting: the validation loss rises while the training loss falls."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, severity_of, statuses
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.limits import OverfittingLimits
from finetune_guard.core.metrics.series import Floats, Integers
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.OVERFITTING, "1")
ADVICE = (
    "Fewer epochs, more data or a lower learning rate; the model of the step with the lowest validation "
    "loss is the one to keep. The run is not stopped for this: a stop would lose that model, too."
)
#: Training must not stand above its level at the lowest validation loss by more than this (log units).
STILL_FALLING = 0.05


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether validation has turned, at each finite evaluation; training is aligned with it by step.

    An evaluation counts as above when it stands over the lowest so far by `noticed`. The finding comes at the
    second such one, when it stands over by `rise` and by more than any earlier bounce that came back, or at
    a single one over by `at_once`. One bad evaluation among many is noise (labelling rules, R6).
    """
    limits, validation = pack.overfitting, features.curve.validation
    finite = np.isfinite(validation.loss)
    step, loss = validation.step[finite], validation.loss[finite]
    rows = np.arange(1, len(loss) + 1)
    enough = rows >= limits.evaluations
    lowest, lowest_at = _lowest(loss)
    above = loss / np.where(lowest > 0, lowest, np.inf) - 1.0
    turned = _turned(above, lowest_at, limits) & _training_falls(features, step, lowest_at)
    status = statuses(enough, np.zeros_like(turned), enough & turned)

    def describe(row: int) -> Finding:
        severity = severity_of(status[row], limits.severity)
        first, now = int(step[lowest_at[row]]), int(step[row])
        sentence = (
            f"The validation loss was lowest at step {first} ({lowest[row]:.4g}) and is {loss[row]:.4g} "
            f"at step {now}, {above[row]:.1%} higher, while the training loss went on falling "
            f"({limits.rise:.0%} counts)."
        )
        return RULE.finding(severity, Seen(first, now, now, float(above[row]), limits.rise), sentence, ADVICE)

    return Trace(RULE.signal, step, status, rows, limits.evaluations, describe)


def _lowest(loss: Floats) -> tuple[Floats, Integers]:
    """Lowest loss so far and the index of the row it stands at."""
    lowest = np.minimum.accumulate(loss)
    index = np.arange(len(loss))
    new = np.concatenate([[True], lowest[1:] < lowest[:-1]])[: len(loss)]
    return lowest, np.maximum.accumulate(np.where(new, index, 0))


def _turned(above: Floats, lowest_at: Integers, limits: OverfittingLimits) -> Flags:
    counts = np.cumsum(above > limits.noticed)
    since_lowest: Integers = counts - counts[lowest_at]
    trend = (since_lowest >= 2) & (above > limits.rise) & (above > _earlier_bounce(above, lowest_at))
    turned: Flags = trend | (above > limits.at_once)
    return turned


def _earlier_bounce(above: Floats, lowest_at: Integers) -> Floats:
    """The highest rise over the lowest that came back to a new lowest, up to each row."""
    highest = np.maximum.accumulate(np.concatenate([[0.0], above]))
    bounce: Floats = highest[lowest_at]
    return bounce


def _training_falls(features: Features, step: Integers, lowest_at: Integers) -> Flags:
    """Whether training stands no higher than when validation was lowest.

    Without training rows it is unknown.
    """
    if len(features) == 0 or len(step) == 0:
        return np.zeros(len(step), dtype=np.bool_)
    row = np.searchsorted(features.step, step, side="right") - 1
    level = np.where(row >= 0, features.recent[np.maximum(row, 0)], np.inf)
    at_lowest = level[lowest_at]
    falls: Flags = (row >= 0) & ((level < at_lowest + STILL_FALLING) | ~np.isfinite(at_lowest))
    return falls
