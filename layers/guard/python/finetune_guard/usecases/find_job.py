"""Makes the record of a job again: from Bedrock, from the versions of its files, from what was told of it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core import job_judgements, observing
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.journal_keys import kept_as, kept_files, log_key
from finetune_guard.core.observations import StoredFile
from finetune_guard.core.rebuilding import first_version, found_again, present_files, sighting, with_events
from finetune_guard.ports import Journal, TrainingJobs
from finetune_guard.usecases.judge import Judge, MetricFile, job_findings, judged_or_said_why
from finetune_guard.usecases.told import told_of


@dataclass(frozen=True, slots=True)
class FindTools:
    """What finding a job needs of the world; `judge` is the watch's."""

    jobs: TrainingJobs
    journal: Journal
    judge: Judge


def found_job(intent: JobRecord, tools: FindTools) -> JobRecord | None:
    """The record of the job that an intent became; None where it became none of ours.

    One that has ended is judged and closed, as the watch would have by the time that its files are all there.

    Raises:
        ServiceError: Bedrock or the bucket cannot be asked.
    """
    try:
        found = tools.jobs.get(intent.request.job_name)
    except NotFoundError:
        return None
    if found.token != intent.request.token:
        return None
    job = found_again(intent, observing.described(intent, found))
    told = with_events(job, told_of(job, tools.journal))
    return _judged(told, tools) if told.terminal else told


def _judged(job: JobRecord, tools: FindTools) -> JobRecord:
    """The job as the watch has closed it."""
    at = job.ended_at or job.last_modified or job.intended_at
    job = replace(job, end_seen_at=at)
    kept = tools.journal.kept(kept_files(job.request.job_name))
    first, present = first_version(kept), present_files(kept)
    if first:
        running = replace(job, status=JobStatus.IN_PROGRESS)
        job = replace(_seen(running, (first,), at, tools), status=job.status)
    seen = _seen(job, present, at, tools)
    sighted = replace(seen, sightings=tuple(sighting(file, job.status) for file in present))
    looked = job_judgements.with_job_findings(sighted, job_findings(sighted, at), sighted.counts)
    closed = observing.closed(looked, at + observing.FILES_DUE, has_curve=looked.seen.rows > 0)
    return replace(closed, ticked_at=at)


def _seen(job: JobRecord, files: tuple[StoredFile, ...], at: datetime, tools: FindTools) -> JobRecord:
    read = tuple(MetricFile(_as_judged(file.key), tools.journal.read(file.key)) for file in files)
    before = tuple(_logs(job, tools.journal))
    judgement = judged_or_said_why(tools.judge, job, (*read, *before)) if read else None
    if judgement is None:
        return job
    counted = replace(job, counts=judgement.counts or job.counts)
    return job_judgements.judged(counted, judgement.curve, at) if judgement.curve else counted


def _as_judged(journal_key: str) -> str:
    """The key of a kept file with the name that the judge knows it by."""
    name, version = kept_as(journal_key)
    return f"{version}/{name}"


def _logs(job: JobRecord, journal: Journal) -> Iterator[MetricFile]:
    for key in map(log_key, job.orders.before):
        with suppress(NotFoundError):
            yield MetricFile(key, journal.read(key))
