"""Watches any customization job with the caller's own rights, judged exactly as the watch judges.

Nothing is stored in a table: the job's record lives in this process, its logs on this machine.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core import job_judgements, observing, ordering_stops
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.errors import (
    AccessRefusedError,
    NameTakenError,
    NotFoundError,
    RequestRejectedError,
    ServiceUnavailableError,
    StaleRecordError,
)
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.job_request import JobRequest, WatchOrders
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.metrics_log import event_lines
from finetune_guard.core.names import JobKey, slug
from finetune_guard.core.observations import Control, JobDescription
from finetune_guard.core.plans import Stage
from finetune_guard.core.wording import news
from finetune_guard.ports import Clock, MetricSource, TrainingJobs
from finetune_guard.usecases.judge import Judge, MetricFile, job_findings
from finetune_guard.usecases.metrics_logs import EVENTS, METRICS, LogFolder, append_new
from finetune_guard.usecases.waiting import Waiter

#: A monitor has no order about hours; this is longer than any job (ten years).
NO_LIMIT_HOURS = 24.0 * 3652
#: Looks in a row that the service may fail before the monitor gives up; the job goes on without it.
FAILURES_BORNE = 60
EPOCHS = ("epochCount", "epochs")


@dataclass(frozen=True, slots=True)
class MonitorTools:
    """What monitoring needs of the world."""

    jobs: TrainingJobs
    metrics: MetricSource
    judge: Judge
    logs: LogFolder
    clock: Clock
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Observation:
    """One look at a job.

    Attributes:
        at: When, UTC.
        job: The job as it now stands, judged.
        unreadable: Why its metric files cannot be read, or "".
        trouble: What went wrong with the look, or "".
    """

    at: datetime
    job: JobRecord
    unreadable: str = ""
    trouble: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing more will be seen: the job has ended and what there is has been judged."""
        return self.job.closed


def monitor(
    identifier: str, auto_stop: AutoStop, tools: MonitorTools, interval: float
) -> Iterator[Observation]:
    """Yields an observation for each look until the job is over and judged, or the waiter is set.

    Args:
        identifier: ARN, name or id of any customization job.
        auto_stop: on stops the job when policy may; shadow only says that it would have.
        tools: What it needs of the world.
        interval: Seconds between two looks.

    Raises:
        NotFoundError: There is no such job.
        AccessRefusedError: The caller may not look at it.
        ServiceUnavailableError: The service failed FAILURES_BORNE times in a row.
    """
    record = _adopted(tools.jobs.get(identifier), auto_stop, tools.clock.now())
    seen, failures = Observation(tools.clock.now(), record), 0
    while True:
        try:
            seen, failures = look(seen.job, tools), 0
        except (ServiceUnavailableError, StaleRecordError) as exc:
            failures += 1
            if failures >= FAILURES_BORNE:
                raise
            seen = replace(seen, at=tools.clock.now(), trouble=str(exc))
        yield seen
        if seen.final or tools.waiter.wait(interval):
            return


def look(job: JobRecord, tools: MonitorTools) -> Observation:
    """One look: describe, read what changed, judge, write the log, then stop if that was decided."""
    now = tools.clock.now()
    before, name = job, job.request.job_name
    job = _described(job, tools.jobs)
    job, unreadable = _with_files(job, tools, now)
    job = job_judgements.with_job_findings(job, job_findings(job, now), job.counts)
    job = ordering_stops.stop_considered(job, now, Control())
    job = observing.closed(job, _files_due(now, unreadable), has_curve=job.seen.rows > 0)
    append_new(tools.logs, name, EVENTS, event_lines(news(before, job, now)))
    job, refused = _stopped(job, tools.jobs, now)
    return Observation(now, job, unreadable, refused)


def _adopted(found: JobDescription, auto_stop: AutoStop, now: datetime) -> JobRecord:
    """A record of a job that somebody else started, as it was before the first look."""
    base = found.base_model_arn.rpartition("foundation-model/")[2]
    known = find(base)
    request = JobRequest(
        job_name=found.name,
        model_name="",
        token=found.token,
        base_model_id=base,
        role_arn="",
        training_uri=found.training_uri,
        validation_uri=None,
        output_uri=found.output_uri,
        hyperparameters=dict(found.hyperparameters),
        tags={},
    )
    orders = WatchOrders(
        family=known.family if known else "",
        auto_stop=auto_stop,
        max_hours=NO_LIMIT_HOURS,
        planned_steps=None,
        epochs=_epochs(found),
    )
    key = JobKey(slug(found.name, 40), Stage.FULL)
    return JobRecord(
        key, request, orders, throw_away=False, intended_at=now, arn=found.arn, status=JobStatus.IN_PROGRESS
    )


def _epochs(found: JobDescription) -> int:
    given = next((found.hyperparameters[key] for key in EPOCHS if key in found.hyperparameters), "1")
    return int(given) if given.isdigit() and int(given) else 1


def _described(job: JobRecord, jobs: TrainingJobs) -> JobRecord:
    if job.status is JobStatus.LOST:
        return job
    try:
        return observing.described(job, jobs.get(job.identifier))
    except NotFoundError:
        return observing.missing(job)


def _with_files(job: JobRecord, tools: MonitorTools, now: datetime) -> tuple[JobRecord, str]:
    """The record with its curve judged, and why that is not possible, or ""."""
    try:
        return _judged(job, tools, now), ""
    except (AccessRefusedError, NotFoundError, RequestRejectedError) as exc:
        return job, str(exc)


def _files_due(now: datetime, unreadable: str) -> datetime:
    """The time by which files are waited for: those that may not be read are not waited for at all."""
    return now + observing.CLOCKS_APART + observing.FILES_DUE if unreadable else now


def _judged(job: JobRecord, tools: MonitorTools, now: datetime) -> JobRecord:
    uri, job_id = job.request.output_uri, job.identifier.rsplit("/", 1)[-1]
    files = tools.metrics.files(uri, job_id)
    sighted = observing.sighted(job, files, now)
    last_look = job.terminal and job.settled_reads == 0 and job.sightings
    if not observing.changed(job, files) and not last_look:
        return sighted
    read = tuple(MetricFile(file.key, tools.metrics.read(uri, file)) for file in files)
    judgement = tools.judge(sighted, read)
    counted = replace(sighted, counts=judgement.counts or sighted.counts)
    if judgement.curve is None:
        return counted
    append_new(tools.logs, job.request.job_name, METRICS, judgement.log)
    return job_judgements.judged(counted, judgement.curve, now)


def _stopped(job: JobRecord, jobs: TrainingJobs, now: datetime) -> tuple[JobRecord, str]:
    """Calls Stop when it is due, after the decision is in the log; the next Get confirms it.

    Returns the job, and why it could not be stopped, or "".
    """
    if not ordering_stops.stop_due(job, now, Control()):
        return job, ""
    # The service refuses a stop in some states and after the end; the next Get tells which.
    with suppress(NameTakenError):
        try:
            jobs.stop(job.identifier)
        except AccessRefusedError as exc:
            return job, f"IT SHOULD BE STOPPED, AND YOU MAY NOT STOP IT; it runs on and bills. {exc}"
    return ordering_stops.stop_called(job, now), ""
