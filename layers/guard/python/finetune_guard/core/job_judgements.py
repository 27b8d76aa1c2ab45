"""A job's record with what was judged of it: the verdict on its curve, and its findings. Pure.

Findings that phases, progress or manifest showed, and those that the rows of the curve showed, are judged
each at their own time; neither displaces the other.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.detectors.pace import marked
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.jobs import MOST_FINDINGS, JobRecord, JobStatus, RecordCounts
from finetune_guard.core.verdict import Evidence, VerdictKind

JOB_SIGNALS = frozenset({Signal.PHASE_STALL, Signal.NO_PROGRESS, Signal.REJECTED_RECORDS, Signal.STEP_TIME})
_SEVERITIES = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True)
class CurveJudged:
    """What a judgement of the metric files gave.

    Attributes:
        kind: What the curve is.
        reason: The verdict's sentence.
        too_hot: Whether a rehearsal says that the rate is too high.
        findings: Findings on the curve, all of them.
        seen: What the curve showed.
        would_stop_step: As in JobRecord; only of a job that has ended.
    """

    kind: VerdictKind
    reason: str
    too_hot: bool
    findings: tuple[Finding, ...]
    seen: CurveSeen
    would_stop_step: int | None = None


def unjudgeable(job: JobRecord, error: str) -> CurveJudged:
    """The judgement of files on which the judge itself failed: a warning, never a stop."""
    return _not_judged(
        job,
        f"The metric files could not be judged ({error}); they are kept in the journal as they are.",
        "Look at the files by hand, and report this: it is a fault of Finetune Guard.",
    )


def unreadable(job: JobRecord, why: str) -> CurveJudged:
    """The judgement of files that are not what a job writes, so that they are not read: a warning."""
    return _not_judged(
        job,
        f"The metric files are not read: {why}",
        "Look at the files by hand; the job is watched by its phases.",
    )


def _not_judged(job: JobRecord, sentence: str, advice: str) -> CurveJudged:
    finding = Finding(
        signal=Signal.COULD_NOT_JUDGE,
        severity=Severity.WARNING,
        first_step=None,
        last_step=None,
        detected_step=None,
        observed=float("nan"),
        threshold=float("nan"),
        sentence=sentence,
        advice=advice,
        detector_version="1",
    )
    reason = "The metric files could not be judged."
    return CurveJudged(VerdictKind.INCONCLUSIVE, reason, False, (finding,), job.seen)


def judged(job: JobRecord, curve: CurveJudged, now: datetime) -> JobRecord:
    """The record with a new judgement of its curve; job findings are kept.

    Live metrics are rows that were seen to grow. A whole file that shows up in the last moments of a job,
    before its status changes, is none: its base model would be taken for one that can be watched.
    """
    grew = curve.seen.rows > job.seen.rows
    live = job.seen.live or (grew and job.seen.rows > 0)
    # What a file gains after the job's end is told late, so it is no pace.
    paced = grew and not job.terminal
    marks = marked(job.seen.marks, curve.seen.last_step, now) if paced else job.seen.marks
    seen = replace(curve.seen, live=live, grew_at=now if grew else job.seen.grew_at, marks=marks)
    kept = tuple(finding for finding in job.findings if _is_of_the_job(finding))
    evidence = _evidence_of(job, seen)
    updated = replace(
        job,
        seen=seen,
        verdict=curve.kind,
        verdict_reason=curve.reason,
        too_hot=curve.too_hot,
        evidence=evidence,
        would_stop_step=curve.would_stop_step,
    )
    return with_findings(updated, kept + curve.findings)


def curve_findings(job: JobRecord) -> tuple[Finding, ...]:
    """The findings of a record that its curve showed."""
    return tuple(finding for finding in job.findings if not _is_of_the_job(finding))


def _is_of_the_job(finding: Finding) -> bool:
    """Whether phases, progress or manifest showed it; slow steps that the rows showed name their steps."""
    of_rows = finding.signal is Signal.STEP_TIME and finding.first_step is not None
    return finding.signal in JOB_SIGNALS and not of_rows


def _evidence_of(job: JobRecord, seen: CurveSeen) -> Evidence:
    """What a verdict on these rows rests on; a completed job's curve is live only when seen to grow."""
    if not seen.rows:
        return job.evidence
    if job.status is JobStatus.COMPLETED and not seen.live:
        return Evidence.CURVE_AT_COMPLETION
    if seen.live or not job.terminal or job.evidence is Evidence.LIVE_CURVE:
        return Evidence.LIVE_CURVE
    return Evidence.CURVE_AT_COMPLETION


def with_job_findings(job: JobRecord, found: tuple[Finding, ...], counts: RecordCounts | None) -> JobRecord:
    """The record with what phases, progress and manifest show now; findings on the curve are kept."""
    evidence = job.evidence
    if evidence is Evidence.NOTHING_YET and (job.phases.validation or job.phases.training):
        evidence = Evidence.PHASES_ONLY
    counted = replace(job, counts=counts or job.counts, evidence=evidence)
    return with_findings(counted, found + curve_findings(job))


def compared(job: JobRecord, found: tuple[Finding, ...]) -> JobRecord:
    """The record of a job that has ended, with what a comparison with earlier jobs adds."""
    return with_findings(job, job.findings + found) if found else job


def with_findings(job: JobRecord, findings: tuple[Finding, ...]) -> JobRecord:
    """The record with these findings, the most severe first, bounded; the total is kept."""
    ordered = sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))
    return replace(job, findings=tuple(ordered[:MOST_FINDINGS]), findings_total=len(findings))
