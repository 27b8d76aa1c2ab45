"""Whether a job that is judged again comes out as its record says, and what differs where it does not."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from finetune_guard.core.detectors.base import Rule
from finetune_guard.core.findings import Finding
from finetune_guard.core.job_judgements import CurveJudged, curve_findings, judged
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.wire import dumps


class Difference(StrEnum):
    """What may differ between two judgements of one job, the gravest first."""

    VERDICT = "verdict"
    TOO_HOT = "too_hot"
    FINDINGS = "findings"
    EVIDENCE = "evidence"
    ROWS = "rows"
    REASON = "reason"


def as_judged(job: JobRecord) -> JobRecord:
    """The job as the watch last judged it.

    A job that vanished became LOST without a look at its files: they were read as those of a running job,
    unless its end had been seen before.
    """
    if job.status is not JobStatus.LOST:
        return job
    return replace(job, status=JobStatus.COMPLETED if job.ended_at else JobStatus.IN_PROGRESS)


def judged_again(job: JobRecord, curve: CurveJudged) -> JobRecord:
    """The job with a new judgement of its curve, at the time of the last look that is recorded."""
    return judged(job, curve, job.ticked_at or job.intended_at)


def differences(recorded: JobRecord, again: JobRecord) -> tuple[Difference, ...]:
    """What differs between a job's recorded judgement and a new one; two NaN are the same."""
    before, after = _compared(recorded), _compared(again)
    return tuple(difference for difference in Difference if before[difference] != after[difference])


def other_rules(recorded: JobRecord, present: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules that signed the recorded findings on the curve and are not among the present ones.

    Args:
        recorded: The job as it was recorded. Without findings it does not say by which rules it was judged.
        present: The rules of this version.
    """
    known = frozenset(present)
    signed = (Rule(finding.signal, finding.detector_version) for finding in curve_findings(recorded))
    return tuple(rule for rule in dict.fromkeys(signed) if rule not in known)


def _compared(job: JobRecord) -> dict[Difference, str]:
    """What is compared, as the JSON that a record is stored in: there a NaN is equal to itself."""
    return {
        Difference.VERDICT: dumps(job.verdict),
        Difference.TOO_HOT: dumps(job.too_hot),
        Difference.FINDINGS: dumps([_with_floats(finding) for finding in curve_findings(job)]),
        Difference.EVIDENCE: dumps(job.evidence),
        Difference.ROWS: dumps(job.seen.rows),
        Difference.REASON: dumps(job.verdict_reason),
    }


def _with_floats(finding: Finding) -> Finding:
    """A whole number that was stored comes back as a float."""
    return replace(finding, observed=float(finding.observed), threshold=float(finding.threshold))
