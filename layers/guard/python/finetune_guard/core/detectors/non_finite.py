"""Non-finite: a loss that is not a number or infinite, or a gradient norm that stays so."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Status, Trace
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.running import running_counts
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.limits import NonFiniteLimits
from finetune_guard.core.metrics.series import Curve, Integers
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.NON_FINITE, "1")


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether anything was not finite, at each row, training and validation together.

    A non-finite loss does not heal in the service's own figures, so the finding stays once it is there. A
    gradient norm may be non-finite for a row or two (a mixed-precision scaler skips such a step); where a
    source logs it only now and then, its gaps are told from failures by their length. A non-finite
    validation loss alone is only suspected: the evaluation may be broken and the training sound.
    """
    curve, limits = features.curve, pack.non_finite
    steps = _moments(curve)
    losses = _carried(curve.training.step, ~features.finite, steps)
    gradients = _carried(curve.training.step, _stuck_gradients(curve, limits.grad_points), steps)
    evaluations = _carried(curve.validation.step, ~np.isfinite(curve.validation.loss), steps)
    certain = (losses >= limits.loss_points) | (gradients > 0)
    status = np.where(certain, Status.CERTAIN, np.where(evaluations > 0, Status.SUSPECTED, Status.QUIET))

    def describe(row: int) -> Finding:
        if not certain[row]:
            return _finding_of_evaluation(curve, int(steps[row]), int(evaluations[row]))
        if losses[row] < limits.loss_points:
            return _finding_of_gradient(curve, int(steps[row]), limits)
        return _finding_of_loss(features, int(steps[row]), int(losses[row]), limits)

    have = np.arange(1, len(steps) + 1)
    return Trace(RULE.signal, steps, status.astype(np.int8), have, 1, describe)


def _moments(curve: Curve) -> Integers:
    """Every step at which something is seen, ascending."""
    training, validation = curve.training.step, curve.validation.step
    if len(training) == 0:
        return validation
    at = np.minimum(np.searchsorted(training, validation), len(training) - 1)
    new = validation[training[at] != validation]
    return np.insert(training, np.searchsorted(training, new), new)


def _carried(at: Integers, flags: Flags, steps: Integers) -> Integers:
    """How many flags were set up to each of `steps`."""
    if not flags.any():
        return np.zeros(len(steps), dtype=np.int64)
    counts = running_counts(flags)
    carried: Integers = counts[np.searchsorted(at, steps, side="right")]
    return carried


def _stuck_gradients(curve: Curve, least: int) -> Flags:
    """Rows that end at least `least` non-finite gradient norms in a row, twice as many as any earlier gap."""
    bad = ~np.isfinite(curve.training.grad_norm)
    if len(bad) == 0:
        return np.zeros(len(curve.training), dtype=np.bool_)
    index = np.arange(len(bad))
    length = index - np.maximum.accumulate(np.where(bad, -1, index))
    ended = np.where(~bad, np.concatenate([[0], length[:-1]]), 0)
    stuck: Flags = bad & (length >= least) & (length > 2 * np.maximum.accumulate(ended))
    return stuck


def _finding_of_loss(features: Features, step: int, count: int, limits: NonFiniteLimits) -> Finding:
    training = features.curve.training
    seen = (training.step <= step) & ~features.finite
    at = training.step[seen]
    value = float(training.loss[seen][0])
    sentence = f"The training loss is {_named(value)} at step {at[0]}" + (
        f" and was not finite at {count} rows up to step {at[-1]}." if count > 1 else "."
    )
    advice = (
        "The weights are most likely lost: lower the learning rate (a third is a good next try), lengthen "
        "the warm-up, and look for empty or extreme records."
    )
    seen_at = Seen(int(at[0]), int(at[-1]), step, value, limits.loss_points)
    return RULE.finding(limits.severity, seen_at, sentence, advice)


def _finding_of_gradient(curve: Curve, step: int, limits: NonFiniteLimits) -> Finding:
    training = curve.training
    seen = training.step <= step
    bad = ~np.isfinite(training.grad_norm[seen])
    at = training.step[seen]
    stuck = np.flatnonzero(_stuck_gradients(curve, limits.grad_points)[seen])
    last_good = np.flatnonzero(~bad[: stuck[0]])
    first = int(at[last_good[-1] + 1]) if len(last_good) else int(at[0])
    value = float(training.grad_norm[seen][stuck[0]])
    sentence = (
        f"The gradient norm has been {_named(value)} at {limits.grad_points} rows in a row or more, first at "
        f"step {first}, although the loss still looks finite."
    )
    advice = (
        "No update reaches the weights, or a broken one does: lower the learning rate or check the precision."
    )
    seen_at = Seen(first, int(at[stuck[-1]]), step, value, limits.grad_points)
    return RULE.finding(limits.severity, seen_at, sentence, advice)


def _finding_of_evaluation(curve: Curve, step: int, count: int) -> Finding:
    validation = curve.validation
    seen = (validation.step <= step) & ~np.isfinite(validation.loss)
    at, value = validation.step[seen], float(validation.loss[seen][0])
    sentence = f"The validation loss is {_named(value)} at {count} evaluations, first at step {at[0]}."
    advice = (
        "The evaluation may be broken and the training sound: look for empty answers in the validation file."
    )
    seen_at = Seen(int(at[0]), int(at[-1]), step, value, 1)
    return RULE.finding(Severity.WARNING, seen_at, sentence, advice)


def _named(value: float) -> str:
    return "not a number" if np.isnan(value) else "infinite"
