"""The `CreateJobs` state: an intent before each call, the ARN after it; at most one job for each key.

Whatever is lost in between, the derived token and names find it again: the same token gives the same ARN, and
a taken name is looked up and adopted when its token is ours.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from finetune_guard.core.errors import (
    AccessRefusedError,
    NameTakenError,
    NotFoundError,
    QuotaReachedError,
    RequestRejectedError,
    ServiceUnavailableError,
    StaleRecordError,
    UnreadableRecordError,
)
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.names import STACK_TAG
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.observing import begun_after_all, never_created
from finetune_guard.core.runs import Problem, Run, Source
from finetune_guard.ports import Clock, DatasetFiles, RunStore, TrainingJobs
from finetune_guard.usecases.advance import with_decisions
from finetune_guard.usecases.versions import changed_since


@dataclass(frozen=True, slots=True)
class CreateTools:
    """What `create_jobs` needs of the world; `stack` is the tag that lets the watch stop the job."""

    store: RunStore
    jobs: TrainingJobs
    files: DatasetFiles
    clock: Clock
    stack: str


@dataclass(frozen=True, slots=True)
class Created:
    """What the machine does next: wait for the jobs, decide again, or come back when there is room."""

    run_id: str
    result: Literal["wait", "next", "quota"]


def create_jobs(run_id: str, tools: CreateTools) -> Created:
    """Creates what the run asks for; where its data is not what was checked, refuses the run (DS009).

    Raises:
        NotFoundError: No such run.
    """
    run, now = tools.store.run(run_id), tools.clock.now()
    action = next_action(run, now)
    # A step that is tried again may want other jobs than those that were decided on: that is decided first.
    if not isinstance(action, Create) or with_decisions(run, action.judged, now) is not run:
        return Created(run_id, "next")
    try:
        changed = tuple(changed_since(_sources(run, action.jobs), tools.files))
    except ServiceUnavailableError:
        return Created(run_id, "quota")
    if changed:
        return _refused(run, action.jobs, changed, tools)
    made = [_create(run, _tagged(job, tools.stack), tools) for job in action.jobs]
    if "quota" in made:
        return Created(run_id, "quota")
    return Created(run_id, "next" if "refused" in made else "wait")


def _sources(run: Run, jobs: tuple[JobRecord, ...]) -> tuple[Source, ...]:
    """The user's own files that these jobs read; what was cut from them stays what it is."""
    read = {uri for job in jobs for uri in (job.request.training_uri, job.request.validation_uri)}
    return tuple(source for source in run.sources if source.file.uri in read)


def _refused(
    run: Run, jobs: tuple[JobRecord, ...], changed: tuple[Problem, ...], tools: CreateTools
) -> Created:
    """Refuses the run, but for a job that was created before the data changed and whose reply was lost."""
    made = False
    for job in (job for job in jobs if job in run.jobs):
        arn = _ours(job, tools.jobs)
        made = made or arn is not None
        adopted = replace(job, arn=arn, status=JobStatus.IN_PROGRESS)
        _save(adopted if arn else never_created(job, tools.clock.now(), changed[0].message), tools.store)
    if made:
        return Created(run.run_id, "wait")
    tools.store.save_run(replace(run, problems=(*run.problems, *changed)))
    return Created(run.run_id, "next")


def _tagged(job: JobRecord, stack: str) -> JobRecord:
    tags = {**job.request.tags, STACK_TAG: stack}
    return replace(job, request=replace(job.request, tags=tags))


def _over(run: Run, store: RunStore) -> bool:
    """Whether the run was aborted, ended or taken up since it was read; its execution may be gone by now.

    Looked up after the intent is written: the watch marks the run first and reads its jobs then, so one of
    the two sees the other. The intent stays, for the watch to look for a job that an earlier try made.
    """
    now = store.run(run.run_id)
    return now.ended or now.aborted or now.attempt != run.attempt


def _create(run: Run, job: JobRecord, tools: CreateTools) -> Literal["made", "quota", "refused"]:
    intent = tools.store.add_job(job)
    if intent.status is not JobStatus.INTENDED:
        return "made"
    if _over(run, tools.store):
        return "refused"
    try:
        arn = _arn(intent, tools.jobs)
    except (QuotaReachedError, ServiceUnavailableError):
        return "quota"
    except (RequestRejectedError, AccessRefusedError, NameTakenError, NotFoundError) as exc:
        if isinstance(exc, RequestRejectedError) and intent.request.start_from:
            _remember_refusal(intent, tools)
        _save(never_created(intent, tools.clock.now(), str(exc)), tools.store)
        return "refused"
    _found(intent, arn, tools.store)
    return "made"


def _remember_refusal(intent: JobRecord, tools: CreateTools) -> None:
    """Where the service refuses only what starts from a custom model, the base does not accept one.

    The same hyperparameters have passed with the base itself, in the rehearsal. What a job has once shown to
    work is not taken back for one refusal. What cannot be read is left as it is.
    """
    with suppress(UnreadableRecordError):
        known = tools.store.base_model(intent.request.base_model_id)
        if not known.accepts_custom_model:
            tools.store.learn(replace(known, accepts_custom_model=False, learnt_at=tools.clock.now()))


def _arn(intent: JobRecord, jobs: TrainingJobs) -> str:
    try:
        return jobs.create(intent.request)
    except NameTakenError:
        arn = _ours(intent, jobs)
        if arn is None:
            raise
        return arn


def _ours(intent: JobRecord, jobs: TrainingJobs) -> str | None:
    """The ARN of the job that has our name, when its token is ours."""
    try:
        found = jobs.get(intent.request.job_name)
    except NotFoundError:
        return None
    return found.arn if found.token == intent.request.token else None


def _found(intent: JobRecord, arn: str, store: RunStore) -> None:
    """Writes the ARN, whatever others wrote meanwhile: a job that nobody knows would bill unseen.

    An order to stop it stands; one that was given up as never created is open again.
    """
    try:
        store.save_job(replace(intent, arn=arn, status=JobStatus.IN_PROGRESS))
    except StaleRecordError:
        stored = next(j for j in store.run(intent.key.run_id).jobs if j.key == intent.key)
        if stored.arn is None:
            store.save_job(begun_after_all(stored, arn))


def _save(job: JobRecord, store: RunStore) -> None:
    """Writes the answer, unless the watch has adopted the job in the meantime, which says the same."""
    try:
        store.save_job(job)
    except StaleRecordError:
        stored = next(j for j in store.run(job.key.run_id).jobs if j.key == job.key)
        if stored.status is JobStatus.INTENDED:
            raise
