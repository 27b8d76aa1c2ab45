"""What a tick does with the metric files of a job: list, keep what changed, judge it."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core import job_judgements, observing
from finetune_guard.core.errors import NotFoundError, RequestRejectedError
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.journal_keys import log_key, metric_file_key
from finetune_guard.core.observations import StoredFile
from finetune_guard.ports import Journal, MetricSource
from finetune_guard.usecases.judge import Judge, MetricFile, judged_or_said_why


@dataclass(frozen=True, slots=True)
class FileTools:
    """What looking at the files of a job needs of the world."""

    metrics: MetricSource
    journal: Journal
    judge: Judge


def with_readable_files(job: JobRecord, tools: FileTools, now: datetime) -> JobRecord:
    """The record with its metric files; files that are refused keep nobody from stopping the job."""
    try:
        return _with_files(job, tools, now)
    except RequestRejectedError as exc:
        return job_judgements.judged(job, job_judgements.unreadable(job, str(exc)), now)


def _with_files(job: JobRecord, tools: FileTools, now: datetime) -> JobRecord:
    """The record with its metric files seen, kept and judged; a file that changes under the look is left."""
    if job.arn is None or job.status is JobStatus.LOST:
        return job
    files = tools.metrics.files(job.request.output_uri, job.arn.rsplit("/", 1)[-1])
    fresh = observing.changed(job, files)
    sighted = observing.sighted(job, files, now)
    if not fresh and not _judged_while_running(job):
        return sighted
    read = tuple(_kept(job, file, tools) for file in files)
    return _judged(sighted, (*read, *_before(job, tools)), tools, now)


def _before(job: JobRecord, tools: FileTools) -> tuple[MetricFile, ...]:
    """The metrics logs of the segments before, where they had a curve: with them the run is one curve."""
    found = []
    for key in map(log_key, job.orders.before):
        with suppress(NotFoundError):
            found.append(MetricFile(key, tools.journal.read(key)))
    return tuple(found)


def _judged_while_running(job: JobRecord) -> bool:
    """Whether files must be judged once more, now that the job has ended and their last line counts."""
    return job.terminal and job.settled_reads == 0 and bool(job.sightings)


def _kept(job: JobRecord, file: StoredFile, tools: FileTools) -> MetricFile:
    """The file's content, after it is durable in the journal."""
    data = tools.metrics.read(job.request.output_uri, file)
    tools.journal.keep(metric_file_key(job.request.job_name, file.key, file.etag), data, "text/csv")
    return MetricFile(file.key, data)


def _judged(job: JobRecord, files: tuple[MetricFile, ...], tools: FileTools, now: datetime) -> JobRecord:
    judgement = judged_or_said_why(tools.judge, job, files)
    if judgement.counts:
        job = replace(job, counts=judgement.counts)
    if judgement.log:
        tools.journal.keep(log_key(job.request.job_name), judgement.log.encode(), "application/x-ndjson")
    return job_judgements.judged(job, judgement.curve, now) if judgement.curve else job
