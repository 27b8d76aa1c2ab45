"""Every curve detector by its signal, and the one way to run them all."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from finetune_guard.core.detectors import (
    collapse,
    divergence,
    estimated_gradient,
    loss_spike,
    memory,
    non_finite,
    oscillation,
    overfitting,
    rehearsal,
    stagnation,
    step_time,
)
from finetune_guard.core.detectors.base import Rule, Seen, Status, Trace
from finetune_guard.core.detectors.features import Features, features_of
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.thresholds import ThresholdPack

Detector = Callable[[Features, ThresholdPack], Trace]

DETECTORS: Mapping[Signal, Detector] = MappingProxyType(
    {
        Signal.NON_FINITE: non_finite.trace,
        Signal.LOSS_SPIKE: loss_spike.trace,
        Signal.DIVERGENCE: divergence.trace,
        Signal.COLLAPSE: collapse.trace,
        Signal.STAGNATION: stagnation.trace,
        Signal.OSCILLATION: oscillation.trace,
        Signal.OVERFITTING: overfitting.trace,
        Signal.ESTIMATED_GRADIENT: estimated_gradient.trace,
        Signal.STEP_TIME: step_time.trace,
        Signal.MEMORY: memory.trace,
    }
)

RULE = Rule(Signal.COULD_NOT_JUDGE, "1")

#: Every rule that a finding on a curve may be signed with, in its present version.
RULES = (
    non_finite.RULE,
    loss_spike.RULE,
    divergence.RULE,
    collapse.RULE,
    stagnation.RULE,
    oscillation.RULE,
    overfitting.RULE,
    estimated_gradient.RULE,
    step_time.RULE,
    memory.RULE,
    rehearsal.HOT,
    rehearsal.COLD,
    RULE,
)


def traces(
    curve: Curve, pack: ThresholdPack, detectors: Mapping[Signal, Detector] = DETECTORS
) -> tuple[Trace, ...]:
    """What every detector says of every prefix; one that raises becomes a warning and never a stop."""
    # A curve may hold numbers near the ends of the float range; what overflows is non-finite and compares
    # false.
    with np.errstate(all="ignore"):
        features = features_of(curve)
        return tuple(_guarded(signal, detector, features, pack) for signal, detector in detectors.items())


def _guarded(signal: Signal, detector: Detector, features: Features, pack: ThresholdPack) -> Trace:
    try:
        return detector(features, pack)
    except Exception as fault:
        return _could_not_judge(signal, fault, features.curve)


def _could_not_judge(signal: Signal, fault: Exception, curve: Curve) -> Trace:
    steps = curve.training.step[-1:]
    step = int(steps[0]) if len(steps) else 0
    finding: Finding = RULE.finding(
        Severity.WARNING,
        Seen(step, step, step, float("nan"), float("nan")),
        f"The detector {signal} failed with {type(fault).__name__}, so it says nothing of this curve.",
        "The other detectors are not affected; please report this with the metric file.",
    )
    status = np.full(len(steps), Status.SUSPECTED, dtype=np.int8)
    return Trace(RULE.signal, steps, status, np.ones(len(steps), dtype=np.int64), 1, lambda row: finding)
