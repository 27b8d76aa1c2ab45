"""Threshold packs: what each rule compares with, per base-model family, and how a run overrides it.

Imports no numpy: the watch's quiet tick loads this module. Where a number comes from stands in
docs/signals.md.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from typing import Any, cast

from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.limits import (
    CollapseLimits,
    DivergenceLimits,
    EstimatedGradientLimits,
    Limit,
    LossSpikeLimits,
    MemoryLimits,
    NonFiniteLimits,
    NoProgressLimits,
    OscillationLimits,
    OverfittingLimits,
    PhaseStallLimits,
    RejectedRecordsLimits,
    StagnationLimits,
    StepTimeLimits,
)

Rule = (
    NonFiniteLimits
    | LossSpikeLimits
    | DivergenceLimits
    | CollapseLimits
    | StagnationLimits
    | OscillationLimits
    | OverfittingLimits
    | EstimatedGradientLimits
    | StepTimeLimits
    | MemoryLimits
    | PhaseStallLimits
    | NoProgressLimits
    | RejectedRecordsLimits
)

#: An unknown key is compared by this many characters.
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class ThresholdPack:
    """The thresholds of every rule; the name of a field is the name of its signal."""

    non_finite: NonFiniteLimits = field(default_factory=NonFiniteLimits)
    loss_spike: LossSpikeLimits = field(default_factory=LossSpikeLimits)
    divergence: DivergenceLimits = field(default_factory=DivergenceLimits)
    collapse: CollapseLimits = field(default_factory=CollapseLimits)
    stagnation: StagnationLimits = field(default_factory=StagnationLimits)
    oscillation: OscillationLimits = field(default_factory=OscillationLimits)
    overfitting: OverfittingLimits = field(default_factory=OverfittingLimits)
    estimated_gradient: EstimatedGradientLimits = field(default_factory=EstimatedGradientLimits)
    step_time: StepTimeLimits = field(default_factory=StepTimeLimits)
    memory: MemoryLimits = field(default_factory=MemoryLimits)
    phase_stall: PhaseStallLimits = field(default_factory=PhaseStallLimits)
    no_progress: NoProgressLimits = field(default_factory=NoProgressLimits)
    rejected_records: RejectedRecordsLimits = field(default_factory=RejectedRecordsLimits)

    def rule(self, signal: Signal) -> Rule:
        """The thresholds of one signal.

        Raises:
            KeyError: The signal has no rule of its own (could_not_judge).
        """
        if signal is Signal.COULD_NOT_JUDGE:
            raise KeyError(signal)
        return cast(Rule, getattr(self, signal.value))


_NOTE = Severity.INFO
_DIFFUSION = ThresholdPack(stagnation=StagnationLimits(severity=_NOTE))
_POLICY = ThresholdPack(
    loss_spike=LossSpikeLimits(severity=_NOTE),
    divergence=DivergenceLimits(severity=_NOTE),
    collapse=CollapseLimits(severity=_NOTE),
    stagnation=StagnationLimits(severity=_NOTE),
    oscillation=OscillationLimits(severity=_NOTE),
    overfitting=OverfittingLimits(severity=_NOTE),
    estimated_gradient=EstimatedGradientLimits(severity=_NOTE),
)
#: Families whose loss is read otherwise. The loss of a diffusion model is flat by nature; the loss of a
#: policy is no objective (reinforcement runs), so its shape is told and never stops a job.
_PACKS = {
    "amazon-nova-canvas": _DIFFUSION,
    "amazon-titan-image": _DIFFUSION,
    "amazon-nova-2-rft": _POLICY,
}


def pack_for(family: str) -> ThresholdPack:
    """The pack of a base-model family of the catalogue; a family without one of its own has the default."""
    return _PACKS.get(family, ThresholdPack())


@dataclass(frozen=True, slots=True)
class ThresholdProblem:
    """An override that cannot be used.

    Attributes:
        key: As it was given, "rule.threshold".
        given: The value, as text.
        expected: What would have been accepted.
        nearest: The known key most like an unknown one, "" for a known one.
    """

    key: str
    given: str
    expected: str
    nearest: str = ""


def limits() -> Iterator[tuple[str, float, Limit]]:
    """Every threshold as "rule.threshold", its default and its range, in the order of the pack."""
    pack = ThresholdPack()
    for rule in fields(pack):
        part = getattr(pack, rule.name)
        for one in fields(part):
            if "limit" in one.metadata:
                yield f"{rule.name}.{one.name}", getattr(part, one.name), one.metadata["limit"]


def override(pack: ThresholdPack, overrides: Mapping[str, object]) -> ThresholdPack | list[ThresholdProblem]:
    """The pack with some thresholds set, or every problem there is with the overrides.

    Args:
        pack: What to start from.
        overrides: {"loss_spike.ratio": 2.5} or {"loss_spike": {"ratio": 2.5}}, or both forms mixed.
    """
    given = dict(_flat(overrides))
    if not given:
        return pack
    known = {key: limit for key, _, limit in limits()}
    problems = [problem for key, value in given.items() if (problem := _problem(key, value, known))]
    if problems:
        return problems
    for key, value in given.items():
        rule, _, threshold = key.partition(".")
        number = int(cast(float, value)) if known[key].whole else float(cast(float, value))
        part: Any = replace(getattr(pack, rule), **{threshold: number})
        pack = replace(pack, **{rule: part})
    return pack


def _flat(overrides: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key, value in overrides.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            yield key, value


def _problem(key: str, value: object, known: Mapping[str, Limit]) -> ThresholdProblem | None:
    if key not in known:
        near = difflib.get_close_matches(key[:LONGEST_KEY], known, n=1, cutoff=0.0)
        return ThresholdProblem(key, repr(value), f"a known threshold; the nearest is {near[0]}", near[0])
    limit = known[key]
    kind = "a whole number" if limit.whole else "a number"
    expected = f"{kind} from {limit.low:g} to {limit.high:g} ({limit.meaning})"
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return ThresholdProblem(key, repr(value), expected)
    if not limit.low <= value <= limit.high or (limit.whole and value != int(value)):
        return ThresholdProblem(key, repr(value), expected)
    return None
