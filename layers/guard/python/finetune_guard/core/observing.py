"""What one tick makes of one job: a new record. Pure; the watch does the calls around it.

Order of a tick's effects, so that a crash between any two loses nothing: metric files into the journal,
alerts recorded, the job's record (conditional on its version), then the call of Stop. Each is repeated by the
next tick until the record says that it is done.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from finetune_guard.core.jobs import TERMINAL, FileSighting, JobRecord, JobStatus, StopOrder
from finetune_guard.core.observations import JobDescription, StoredFile
from finetune_guard.core.shadow import diverged_at_end
from finetune_guard.core.verdict import Evidence, VerdictKind

#: Looks in a row without the job before it is given up (fault row 31).
LOOKS_UNTIL_LOST = 3
#: Looks in a row with the same files after which a curve is final (docs/architecture.md).
LOOKS_UNTIL_SETTLED = 2
#: After the end of a job was seen, its files are waited for this long.
FILES_DUE = timedelta(minutes=15)
#: The watch's clock and the service's may each be off by a quarter of an hour (fault row 15).
CLOCKS_APART = timedelta(minutes=30)
#: An intent without an answer is looked up by name after this.
INTENT_DUE = timedelta(minutes=2)
#: No function runs for so long: an intent of a run that is over will not be answered any more.
INTENT_GIVEN_UP = timedelta(minutes=15)

#: Twice what the service says it may be (docs/bedrock.md, 1.2), so that a record always fits its item.
LONGEST_FAILURE = 4_096


def described(job: JobRecord, found: JobDescription) -> JobRecord:
    """The record with what Get says. A status this version does not know counts as running."""
    known = {status.value for status in JobStatus}
    status = JobStatus(found.status) if found.status in known else JobStatus.IN_PROGRESS
    return replace(
        job,
        arn=found.arn,
        status=status,
        phases=found.phases,
        created_at=found.created_at,
        last_modified=found.last_modified,
        ended_at=found.ended_at,
        failure=found.failure[:LONGEST_FAILURE],
        model_arn=found.model_arn,
        missing_reads=0,
        stop=_confirmed(job.stop, status, found),
    )


def _confirmed(stop: StopOrder | None, status: JobStatus, found: JobDescription) -> StopOrder | None:
    if stop is None or stop.confirmed_at or status not in TERMINAL:
        return stop
    return replace(stop, confirmed_at=found.ended_at or found.last_modified, outcome=status.value)


def missing(job: JobRecord) -> JobRecord:
    """The record after a look that found no such job; lost after three."""
    reads = job.missing_reads + 1
    if reads < LOOKS_UNTIL_LOST:
        return replace(job, missing_reads=reads)
    evidence = job.evidence if job.seen.rows else Evidence.PHASES_ONLY
    return replace(job, missing_reads=reads, status=JobStatus.LOST, evidence=evidence)


def never_created(job: JobRecord, now: datetime, failure: str = "") -> JobRecord:
    """The record of an intent that became no job."""
    return replace(
        job,
        status=JobStatus.REFUSED,
        failure=failure or "The run was over before the job was created.",
        ended_at=now,
        verdict=VerdictKind.INCONCLUSIVE,
        verdict_reason="The job was never created.",
        closed=True,
    )


def begun_after_all(job: JobRecord, arn: str) -> JobRecord:
    """The record of a job that is there, though it may have been given up as never created."""
    return replace(
        job,
        arn=arn,
        status=JobStatus.IN_PROGRESS,
        failure="",
        ended_at=None,
        verdict=None,
        verdict_reason="",
        closed=False,
    )


def sighted(job: JobRecord, files: tuple[StoredFile, ...], now: datetime) -> JobRecord:
    """The record with the files as seen now, and how long they have been the same since the job ended.

    The first sighting of each version stays: it is the evidence for or against live metrics.
    """
    before = {s.key: s.etag for s in job.sightings}
    same = before == {file.key: file.etag for file in files}
    settled = 0 if not job.terminal else job.settled_reads + 1 if same and job.settled_reads else 1
    first = {(sighting.key, sighting.etag): sighting for sighting in job.sightings}
    current = tuple(
        first.get((file.key, file.etag))
        or FileSighting(file.key, file.etag, file.size, file.last_modified, job.status.value, now)
        for file in files
    )
    return replace(job, sightings=current, settled_reads=settled)


def changed(job: JobRecord, files: tuple[StoredFile, ...]) -> tuple[StoredFile, ...]:
    """The files that no earlier tick has seen in this version."""
    seen = {(s.key, s.etag) for s in job.sightings}
    return tuple(file for file in files if (file.key, file.etag) not in seen)


def closed(job: JobRecord, now: datetime, has_curve: bool) -> JobRecord:
    """The record, closed when the job is terminal and its curve is final, or will not come.

    Files are waited for from the look that first saw the end: how old an end is by the service's own time
    says little where the two clocks differ. An end that is old by any clock is waited for no more.
    """
    if not job.terminal or job.closed:
        return job
    job = replace(job, end_seen_at=job.end_seen_at or now)
    ended = job.ended_at or job.last_modified or now
    due = now >= min(job.end_seen_at or now, ended + CLOCKS_APART) + FILES_DUE
    no_files_owed = job.status is not JobStatus.COMPLETED
    settled = job.settled_reads >= LOOKS_UNTIL_SETTLED and (has_curve or no_files_owed)
    gone = job.status in (JobStatus.LOST, JobStatus.REFUSED)
    if not (settled or due or gone):
        return job
    if job.verdict is not None:
        right = diverged_at_end(job) if job.shadow_stop else None
        return replace(job, closed=True, shadow_right=right)
    reason = "No loss curve was found; only the phases of the job could be seen."
    return replace(
        job,
        closed=True,
        verdict=VerdictKind.INCONCLUSIVE,
        verdict_reason=reason,
        evidence=Evidence.PHASES_ONLY,
    )
