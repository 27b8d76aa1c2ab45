"""How the watch has a job judged: the types of the question, and the part that needs no curve.

The quiet tick imports this module and no numpy; what reads a curve is `judge_curve`, loaded when needed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from finetune_guard.core.observing import CurveJudged
from finetune_guard.core.runs import JobRecord, RecordCounts


@dataclass(frozen=True, slots=True)
class MetricFile:
    """One metric file or manifest of a job, as it was read."""

    key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the files of a job show.

    Attributes:
        curve: What the curve is; None when there is no training file yet.
        counts: The manifest's counts; None when there is no manifest yet.
        log: The job's metrics log, JSON lines.
    """

    curve: CurveJudged | None
    counts: RecordCounts | None
    log: str


Judge = Callable[[JobRecord, tuple[MetricFile, ...]], Judgement]


def job_findings(job, now):  # replaced when core.detectors.jobs stands
    return ()
