"""What a lost record can be made of again: what lies in the bucket, and what Bedrock says. Pure.

A run is kept in the bucket as it was planned, and again whenever it is taken up. Its jobs have derived names,
so Bedrock is asked for each that `next_action` would create. What the curves showed is judged anew from the
versions of the metric files that the watch has kept; a run that has ended is read from its report.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core import stored, wire
from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import DatedDecision, Reply, RunStatus
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.jobs import FileSighting, JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.journal_keys import kept_as, report_key, run_key
from finetune_guard.core.metrics.files import MANIFEST_FILE, TRAINING_FILE
from finetune_guard.core.metrics_log import EventLine
from finetune_guard.core.moves import Asked
from finetune_guard.core.observations import StoredFile
from finetune_guard.core.ordering_stops import overtime_sentence
from finetune_guard.core.runs import Problem, Question, Run
from finetune_guard.core.verdict import Evidence


def as_kept(run: Run) -> str:
    """The run as the bucket keeps it: without its jobs, and without the secret that it waits on."""
    return wire.dumps(replace(run, jobs=(), wait=None, version=0))


def kept_run(data: bytes, run_id: str) -> Run:
    """The run that `as_kept` wrote, as it is put into an empty table.

    Raises:
        UnreadableRecordError: It is damaged, or of a newer release.
    """
    return stored.read(data.decode("utf-8", "replace"), stored.RUN, run_key(run_id))


@dataclass(frozen=True, slots=True)
class _Stage:
    """As much of a job's result as is read again."""

    stage: str
    candidate: int
    attempt: int = 0
    kept: bool = False

    @property
    def short(self) -> str:
        """The job's short key."""
        return f"{self.stage}-{self.candidate}-{self.attempt}"


@dataclass(frozen=True, slots=True)
class _Result:
    """As much of a report's result as is read again."""

    status: RunStatus
    execution_arn: str
    report_uri: str
    stages: tuple[_Stage, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Report:
    """As much of a report as is read again; its jobs are records of whatever version."""

    result: _Result
    decisions: tuple[DatedDecision, ...]
    jobs: tuple[dict[str, object], ...]
    questions: tuple[Question, ...] = ()


def reported(run: Run, data: bytes) -> Run:
    """The run with what its report says: its end and its jobs; of an execution before this one the jobs only.

    A report that cannot be read, such as one whose writing was cut short, says nothing.

    Raises:
        UnreadableRecordError: One of its jobs is damaged, or of a newer release.
    """
    try:
        report = wire.loads(data, _Report)
    except InvalidInputError:
        return run
    where = report_key(run.run_id)
    jobs = (stored.read(wire.dumps(job), stored.JOB, where) for job in report.jobs)
    with_jobs = replace(run, jobs=tuple(replace(job, version=0) for job in jobs))
    if report.result.execution_arn != run.execution_arn or report.result.status is RunStatus.RUNNING:
        return with_jobs
    return _ended(with_jobs, report)


def _ended(run: Run, report: _Report) -> Run:
    """Problems that were found after the plan are added; a run ends with its last decision."""
    later = tuple(problem for problem in report.result.problems if problem not in run.problems)
    kept = next((stage.short for stage in report.result.stages if stage.kept), "")
    return replace(
        run,
        status=report.result.status,
        decisions=report.decisions,
        problems=(*run.problems, *later),
        questions=report.questions,
        report_uri=report.result.report_uri,
        ended_at=report.decisions[-1].at if report.decisions else run.started_at,
        kept=kept,
    )


def presumed(run: Run, asked: Asked, reply: Reply, now: datetime) -> Run:
    """The run as if a person had answered so; whether one did is seen by what was created after it."""
    answered = Question(asked.about, asked.decision.reason, now, now, asked.default, reply, now)
    others = tuple(question for question in run.questions if question.about != asked.about)
    return replace(run, questions=(*others, answered))


def found_again(intent: JobRecord, described: JobRecord) -> JobRecord:
    """The record of a job that Bedrock has, as it was when it was created."""
    created = described.created_at or intent.intended_at
    return replace(described, intended_at=created, version=0)


def reopened(job: JobRecord) -> JobRecord:
    """The record as if nothing of the job had been looked at: the next ticks judge it and close it."""
    return replace(
        job,
        closed=False,
        verdict=None,
        verdict_reason="",
        too_hot=False,
        evidence=Evidence.NOTHING_YET,
        findings=(),
        findings_total=0,
        seen=CurveSeen(),
        sightings=(),
        would_stop_step=None,
        shadow_right=None,
        end_seen_at=None,
        ticked_at=None,
    )


def present_files(kept: Iterable[StoredFile]) -> tuple[StoredFile, ...]:
    """Of all versions that the journal keeps, oldest first, those that were judged last.

    A job has two manifests of one name and one version each, so all of them count.
    """
    newest: dict[str, StoredFile] = {}
    for file in kept:
        name, version = kept_as(file.key)
        newest[f"{name}-{version}" if name == MANIFEST_FILE else name] = file
    return tuple(newest.values())


def first_version(kept: Iterable[StoredFile]) -> StoredFile | None:
    """The oldest version of a training file that was seen to grow; None where it came whole."""
    versions = [file for file in kept if kept_as(file.key)[0] == TRAINING_FILE]
    return versions[0] if len(versions) > 1 else None


def sighting(file: StoredFile, status: JobStatus) -> FileSighting:
    """The sighting of a metric file of which only the journal's copy is known; a replay finds it by this."""
    name, version = kept_as(file.key)
    return FileSighting(name, version, file.size, file.last_modified, status.value, file.last_modified)


def with_events(job: JobRecord, events: Iterable[EventLine]) -> JobRecord:
    """The record with the stop that the watch told of, and the one that it would have made.

    A stop that a person ordered is not among them: such a job is found as one that a person ended.
    """
    for event in events:
        if event.kind is AlertKind.STOPPING:
            job = replace(job, stop=_order(job, event))
        if event.kind is AlertKind.WOULD_HAVE_STOPPED and event.finding:
            job = replace(job, shadow_stop=event.finding.sentence)
    return job


def _order(job: JobRecord, event: EventLine) -> StopOrder:
    confirmed = (job.ended_at or job.last_modified) if job.terminal else None
    outcome = job.status.value if job.terminal else ""
    reason = StopReason.FINDING if event.finding else StopReason.MAX_HOURS
    sentence = event.finding.sentence if event.finding else overtime_sentence(job)
    return StopOrder(reason, sentence, event.at, confirmed_at=confirmed, outcome=outcome)
