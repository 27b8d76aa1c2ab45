"""From a curve to a verdict: what its detectors say now, or what a complete rehearsal says."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.detectors.features import features_of
from finetune_guard.core.detectors.registry import traces
from finetune_guard.core.detectors.rehearsal import Temperature, temperature
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.thresholds import ThresholdPack
from finetune_guard.core.verdict import FEWEST_ROWS, SHORT_CURVE, Evidence, Verdict, VerdictKind

#: These need no minimum of rows (docs/adr/0014).
CERTAIN_WHEN_SHORT = frozenset({Signal.NON_FINITE, Signal.COLLAPSE})
_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class RehearsalVerdict:
    """What a rehearsal says.

    Attributes:
        verdict: healthy; diverged (too hot); suspicious (too cold, or something to look at); inconclusive.
        too_hot: Whether the learning rate is to be lowered.
    """

    verdict: Verdict
    too_hot: bool


def judge(curve: Curve, pack: ThresholdPack, evidence: Evidence) -> Verdict:
    """What the curve is, as far as it goes.

    Args:
        curve: May be empty, short, or non-finite anywhere.
        pack: Thresholds and severities.
        evidence: What the curve rests on; copied into the verdict.
    """
    return verdict_of(traces(curve, pack), len(curve.training), evidence)


def verdict_of(found: tuple[Trace, ...], rows: int, evidence: Evidence) -> Verdict:
    """The verdict that the newest answers of all detectors add up to."""
    answers = (trace.last() for trace in found)
    findings = ordered(answer for answer in answers if isinstance(answer, Finding))
    fatal = next((finding for finding in findings if finding.may_stop), None)
    if fatal and (rows >= FEWEST_ROWS or fatal.signal in CERTAIN_WHEN_SHORT):
        return Verdict(VerdictKind.DIVERGED, evidence, findings, rows, fatal.sentence)
    if rows < FEWEST_ROWS:
        return Verdict(VerdictKind.INCONCLUSIVE, evidence, findings, rows, _too_few(rows))
    worst = next((finding for finding in findings if finding.severity is not Severity.INFO), None)
    if worst:
        return Verdict(VerdictKind.SUSPICIOUS, evidence, findings, rows, worst.sentence)
    reason = f"Nothing wrong is seen in {rows} rows{_label(rows)}."
    return Verdict(VerdictKind.HEALTHY, evidence, findings, rows, reason)


def judge_rehearsal(curve: Curve, pack: ThresholdPack, evidence: Evidence) -> RehearsalVerdict:
    """What a complete rehearsal of one epoch says of its learning rate.

    Too hot is what diverged by any detector, or ended above its lowest level or rising
    (detectors/rehearsal.py says how far, and how often that is wrong). Fewer than 10 rows are inconclusive,
    unless non-finite or pinned.
    """
    verdict = judge(curve, pack, evidence)
    if verdict.kind in (VerdictKind.DIVERGED, VerdictKind.INCONCLUSIVE):
        return RehearsalVerdict(verdict, verdict.kind is VerdictKind.DIVERGED)
    seen = _temperature(curve)
    if seen.hot:
        findings = ordered((seen.hot, *verdict.findings))
        hot = Verdict(VerdictKind.DIVERGED, evidence, findings, verdict.rows, seen.hot.sentence)
        return RehearsalVerdict(hot, True)
    if seen.cold and verdict.kind is VerdictKind.HEALTHY:
        findings = ordered((seen.cold, *verdict.findings))
        cold = Verdict(VerdictKind.SUSPICIOUS, evidence, findings, verdict.rows, seen.cold.sentence)
        return RehearsalVerdict(cold, False)
    return RehearsalVerdict(verdict, False)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings, the most severe first, what may stop a job before what may not."""
    return tuple(sorted(findings, key=lambda finding: (not finding.may_stop, _ORDER.index(finding.severity))))


def _temperature(curve: Curve) -> Temperature:
    features = features_of(curve)
    if len(features) < FEWEST_ROWS:
        return Temperature(None, None)
    with np.errstate(all="ignore"):
        return temperature(features)


def _too_few(rows: int) -> str:
    if rows == 0:
        return "There is no loss curve to judge."
    return f"The curve has {rows} rows; {FEWEST_ROWS} are needed before its shape means anything."


def _label(rows: int) -> str:
    return ", which is a short curve" if rows < SHORT_CURVE else ""
