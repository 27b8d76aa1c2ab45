"""A job of a run that was judged again, shown to a watcher point by point. Loads numpy."""

from dataclasses import dataclass

from finetune_guard.core.detectors.base import Rule
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.job_judgements import curve_findings
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.metrics.series import Curve, MetricSeries
from finetune_guard.core.replaying import Replayed, replay
from finetune_guard.core.verdict import Verdict, VerdictKind
from finetune_guard.usecases.judge import MetricFile, pack_of
from finetune_guard.usecases.judge_curve import read_job


@dataclass(frozen=True, slots=True)
class ReplayedCurve:
    """A job's curve, and what a watcher would have said of it; `replayed` has the judge's own verdict."""

    curve: Curve
    replayed: Replayed


def replayed_curve(judged: JobRecord, files: tuple[MetricFile, ...]) -> ReplayedCurve:
    """What a watcher, shown the job's curve point by point, would have said, and when.

    The findings are those of `replay`, then those that only the whole curve shows: that a rehearsal was too
    hot or too cold, that it could not be judged. Those never stop a job.

    Args:
        judged: The job with a judgement of these files.
        files: Its metric files; the curve is empty where they cannot be judged.
    """
    verdict = _verdict(judged)
    read = None if _unjudgeable(verdict) else read_job(judged, files)
    if read is None:
        empty = Curve(MetricSeries.empty(), MetricSeries.empty())
        return ReplayedCurve(empty, Replayed(judged.key.short, verdict, None, verdict.findings))
    planned = read.curve.planned_steps is not None
    by_point = replay(read.curve, pack_of(judged), judged.key.short, planned)
    told = {_rule(finding) for finding in by_point.findings}
    whole = tuple(finding for finding in verdict.findings if _rule(finding) not in told)
    findings = by_point.findings + whole
    return ReplayedCurve(read.curve, Replayed(by_point.id, verdict, by_point.stop_step, findings))


def _verdict(judged: JobRecord) -> Verdict:
    kind, findings = judged.verdict or VerdictKind.INCONCLUSIVE, curve_findings(judged)
    return Verdict(kind, judged.evidence, findings, judged.seen.rows, judged.verdict_reason)


def _unjudgeable(verdict: Verdict) -> bool:
    """Whether the judge itself failed; a detector that fails names a step."""
    failed = Signal.COULD_NOT_JUDGE
    return any(one.signal is failed and one.first_step is None for one in verdict.findings)


def _rule(finding: Finding) -> Rule:
    return Rule(finding.signal, finding.detector_version)
