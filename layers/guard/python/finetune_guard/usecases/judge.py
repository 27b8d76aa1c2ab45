"""How the watch has a job judged: the types of the question, and the part that needs no curve.

The quiet tick imports this module and no numpy; what reads a curve is `judge_curve`, loaded when needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.detectors.jobs import findings_of
from finetune_guard.core.detectors.pace import comparison
from finetune_guard.core.findings import Finding
from finetune_guard.core.job_judgements import CurveJudged, unjudgeable
from finetune_guard.core.jobs import JobRecord, RecordCounts
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.thresholds import ThresholdPack, override, pack_for


@dataclass(frozen=True, slots=True)
class MetricFile:
    """One metric file or manifest of a job, or the metrics log of a segment before it, as it was read."""

    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the files of a job show.

    Attributes:
        curve: What the curve is; None when there is no training file yet.
        counts: The manifest's counts; None when there is no manifest yet.
        log: The job's metrics log, JSON lines; "" where there is no curve.
    """

    curve: CurveJudged | None
    counts: RecordCounts | None
    log: str


Judge = Callable[[JobRecord, tuple[MetricFile, ...]], Judgement]


def judged_or_said_why(judge: Judge, job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
    """What the files show, or a judgement that says they could not be judged, whatever the judge raises.

    What cannot be judged must not stay open for ever, nor pass as healthy.
    """
    try:
        return judge(job, files)
    except Exception as exc:
        return Judgement(unjudgeable(job, type(exc).__name__), None, "")


def pack_of(job: JobRecord) -> ThresholdPack:
    """The family's pack with the run's overrides, which pre-flight has checked."""
    pack = pack_for(job.orders.family)
    changed = override(pack, job.orders.thresholds)
    return changed if isinstance(changed, ThresholdPack) else pack


def job_findings(job: JobRecord, now: datetime) -> tuple[Finding, ...]:
    """What phases, progress and manifest show now."""
    return findings_of(job, now, pack_of(job))


def comparison_findings(job: JobRecord, known: BaseModelFacts) -> tuple[Finding, ...]:
    """What a job that has ended shows beside what the account has learnt of its base model."""
    answer = comparison(job, known, pack_of(job).step_time)
    return (answer,) if isinstance(answer, Finding) else ()
