"""Replay: what a watcher, shown a finished curve point by point, would have said, and when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NotRequired, TypedDict

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.registry import traces
from finetune_guard.core.findings import Finding
from finetune_guard.core.judging import verdict_of
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.thresholds import ThresholdPack
from finetune_guard.core.verdict import Evidence, Verdict

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Replayed:
    """A finished curve, judged as it would have been while it grew.

    Attributes:
        id: Names the curve.
        verdict: What the whole curve is.
        stop_step: Step at which an armed policy would have stopped the job; None where it would not have.
        findings: The first finding of each signal, and where it was suspected before it was certain, both;
            in the order in which they were detected. One that recovered later is here and not in the verdict.
    """

    id: str
    verdict: Verdict
    stop_step: int | None
    findings: tuple[Finding, ...]


def replay(curve: Curve, pack: ThresholdPack, id: str, planned: bool = True) -> Replayed:
    """Replays a finished curve.

    Args:
        curve: The curve. Where it has no planned steps, its last step is taken as the plan.
        pack: Thresholds and severities.
        id: Names it in the answer.
        planned: False to judge as if no plan were known.
    """
    found = traces(_with_plan(curve, planned), pack)
    findings = _in_order(found)
    return Replayed(
        id=id,
        verdict=verdict_of(found, len(curve.training), Evidence.CURVE_AT_COMPLETION),
        stop_step=_stop_step(findings),
        findings=findings,
    )


def stop_step(curve: Curve, pack: ThresholdPack) -> int | None:
    """Step at which an armed watch would have stopped the job of a finished curve; None if it would not.

    The curve is taken as it was shown: where the watch knew of no planned steps, none are assumed here,
    unlike in `replay`.
    """
    return _stop_step(_in_order(traces(curve, pack)))


def _in_order(found: tuple[Trace, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(_firsts(found), key=lambda finding: finding.detected_step or 0))


def _stop_step(findings: tuple[Finding, ...]) -> int | None:
    return next((finding.detected_step for finding in findings if finding.may_stop), None)


class DefaultLine(TypedDict):
    """What the family's own thresholds make of the same curve."""

    verdict: str
    stop_step: int | None


class ReplayLine(TypedDict):
    """One JSON line of `replay --json`; "default" is there when thresholds were set."""

    schema_version: int
    id: str
    verdict: str
    evidence: str
    stop_step: int | None
    findings: tuple[Finding, ...]
    default: NotRequired[DefaultLine]


def line_of(replayed: Replayed, default: Replayed | None = None) -> ReplayLine:
    """What a machine reads of one curve.

    Args:
        replayed: The curve, judged as asked.
        default: The same curve, judged by its family's own thresholds, where others were set.
    """
    line = ReplayLine(
        schema_version=SCHEMA_VERSION,
        id=replayed.id,
        verdict=replayed.verdict.kind.value,
        evidence=replayed.verdict.evidence.value,
        stop_step=replayed.stop_step,
        findings=replayed.findings,
    )
    if default:
        line["default"] = DefaultLine(verdict=default.verdict.kind.value, stop_step=default.stop_step)
    return line


def _with_plan(curve: Curve, planned: bool) -> Curve:
    if not planned:
        return replace(curve, planned_steps=None)
    if curve.planned_steps is None and len(curve.training):
        return replace(curve, planned_steps=int(curve.training.step[-1]))
    return curve


def _firsts(found: tuple[Trace, ...]) -> Iterator[Finding]:
    for trace in found:
        first, certain = trace.first(), trace.first(Status.CERTAIN)
        if first:
            yield first
        if certain and first and certain.detected_step != first.detected_step:
            yield certain
