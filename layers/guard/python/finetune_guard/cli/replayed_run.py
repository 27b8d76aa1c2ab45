"""The jobs of a run, judged again from the journal: what is told of each, to people and to machines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from finetune_guard.cli.replayed_log import ReplayedLog
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT
from finetune_guard.core.detectors.base import Rule
from finetune_guard.core.detectors.registry import RULES
from finetune_guard.core.findings import Finding
from finetune_guard.core.job_judgements import curve_findings
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.rejudging import other_rules
from finetune_guard.core.replaying import Replayed, ReplayLine, line_of
from finetune_guard.core.verdict import Evidence, Verdict, VerdictKind
from finetune_guard.usecases.judge import Judge
from finetune_guard.usecases.replay_curve import replayed_curve
from finetune_guard.usecases.replay_run import (
    RejudgedJob,
    ReplayTools,
    rejudge,
    replay_run,
    with_thresholds,
)


@dataclass(frozen=True, slots=True)
class ReplayedJob:
    """A job of a run.

    Attributes:
        rejudged: As it was recorded and as it is judged now.
        log: Its curve, point by point; None where there is no curve to judge.
    """

    rejudged: RejudgedJob
    log: ReplayedLog | None

    @property
    def id(self) -> str:
        """The job within its run, such as "full-0-0"."""
        return self.rejudged.job.key.short


class RecordedLine(TypedDict):
    """What the record of a job says of its curve; the verdict is null before the first judgement."""

    verdict: str | None
    evidence: str
    reason: str
    too_hot: bool
    rows: int
    findings: tuple[Finding, ...]


class JobLine(ReplayLine):
    """One JSON line of `replay --run --json`; "same" is null where there is nothing to compare."""

    recorded: RecordedLine
    same: bool | None
    differs: tuple[str, ...]
    notes: tuple[str, ...]


def replayed_jobs(run_id: str, session: Session, thresholds: Mapping[str, float]) -> Iterator[ReplayedJob]:
    """The jobs of a run, each as it is judged now.

    Args:
        run_id: The run.
        session: The stack's tools.
        thresholds: What is set beside the run's own thresholds, for a second judgement of each curve.

    Raises:
        NotFoundError: No such run.
    """
    judge = session.judge()
    for rejudged in replay_run(run_id, ReplayTools(session.store(), session.journal(), judge)):
        yield ReplayedJob(rejudged, _log(rejudged, thresholds, judge))


def _log(rejudged: RejudgedJob, thresholds: Mapping[str, float], judge: Judge) -> ReplayedLog | None:
    if rejudged.again is None:
        return None
    files = rejudged.gathered.files
    own = replayed_curve(rejudged.again, files)
    if not thresholds:
        return ReplayedLog(own.curve, own.replayed, None)
    changed = rejudge(with_thresholds(rejudged.job, thresholds), files, judge)
    as_set = replayed_curve(changed, files).replayed if changed else own.replayed
    return ReplayedLog(own.curve, as_set, own.replayed)


def job_line(one: ReplayedJob) -> JobLine:
    """What a machine reads of one job."""
    line = line_of(one.log.replayed, one.log.default) if one.log else line_of(_nothing(one.id))
    return JobLine(
        **line,
        recorded=_recorded(one.rejudged.job),
        same=one.rejudged.same,
        differs=tuple(difference.value for difference in one.rejudged.differs),
        notes=notes(one.rejudged),
    )


def _nothing(id: str) -> Replayed:
    verdict = Verdict(VerdictKind.INCONCLUSIVE, Evidence.NOTHING_YET, (), 0, "")
    return Replayed(id, verdict, None, ())


def _recorded(job: JobRecord) -> RecordedLine:
    return RecordedLine(
        verdict=job.verdict.value if job.verdict else None,
        evidence=job.evidence.value,
        reason=job.verdict_reason,
        too_hot=job.too_hot,
        rows=job.seen.rows,
        findings=curve_findings(job),
    )


def notes(one: RejudgedJob) -> tuple[str, ...]:
    """What a person should know of how far the comparison goes, a sentence each."""
    if one.gathered.gone:
        return (f"Not judged again, its files are not there any more: {', '.join(one.gathered.gone)}.",)
    if one.again is None and one.job.seen.rows:
        return ("Not judged again: at the last look its training metrics were gone.",)
    if one.again is None:
        return ("Nothing to judge: the watch saw no training metrics.",)
    others = other_rules(one.job, RULES)
    if others:
        return (f"Recorded by other versions of the rules: {'; '.join(map(_now, others))}.",)
    if one.differs and not curve_findings(one.job):
        return ("The record has no finding, so it does not say by which version of the rules it was judged.",)
    return ()


def _now(rule: Rule) -> str:
    present = " or ".join(other.version for other in RULES if other.signal is rule.signal) or "none"
    return f"{rule.signal} {rule.version}, now {present}"


def logs(jobs: Iterable[ReplayedJob]) -> list[ReplayedLog]:
    """The curves that were judged again."""
    return [one.log for one in jobs if one.log]


def exit_code(jobs: Sequence[ReplayedJob]) -> int:
    """1 where a judgement is not the recorded one, or nothing could be judged; 3 where a curve diverged."""
    judged = logs(jobs)
    if not judged or any(one.rejudged.same is False for one in jobs):
        return EXIT.failure
    diverged = any(log.replayed.verdict.kind is VerdictKind.DIVERGED for log in judged)
    return EXIT.no if diverged else EXIT.fine
