"""The `CreateJobs` state: an intent before each call, the ARN after it; at most one job for each key.

Whatever is lost in between, the derived token and names find it again: the same token gives the same ARN, and
a taken name is looked up and adopted when its token is ours.
"""

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
)
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.names import STACK_TAG
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.observing import never_created
from finetune_guard.ports import Clock, RunStore, TrainingJobs


@dataclass(frozen=True, slots=True)
class CreateTools:
    """What `create_jobs` needs of the world; `stack` is the tag that lets the watch stop the job."""

    store: RunStore
    jobs: TrainingJobs
    clock: Clock
    stack: str


@dataclass(frozen=True, slots=True)
class Created:
    """What the machine does next: wait for the jobs, decide again, or come back when there is room."""

    run_id: str
    result: Literal["wait", "next", "quota"]


def create_jobs(run_id: str, tools: CreateTools) -> Created:
    """Creates what the run asks for.

    Raises:
        NotFoundError: No such run.
    """
    action = next_action(tools.store.run(run_id), tools.clock.now())
    if not isinstance(action, Create):
        return Created(run_id, "next")
    made = [_create(_tagged(job, tools.stack), tools) for job in action.jobs]
    if "quota" in made:
        return Created(run_id, "quota")
    return Created(run_id, "next" if "refused" in made else "wait")


def _tagged(job: JobRecord, stack: str) -> JobRecord:
    tags = {**job.request.tags, STACK_TAG: stack}
    return replace(job, request=replace(job.request, tags=tags))


def _create(job: JobRecord, tools: CreateTools) -> Literal["made", "quota", "refused"]:
    intent = tools.store.add_job(job)
    if intent.status is not JobStatus.INTENDED:
        return "made"
    try:
        arn = _arn(intent, tools.jobs)
    except (QuotaReachedError, ServiceUnavailableError):
        return "quota"
    except (RequestRejectedError, AccessRefusedError, NameTakenError) as exc:
        _save(never_created(intent, tools.clock.now(), str(exc)), tools.store)
        return "refused"
    _save(replace(intent, arn=arn, status=JobStatus.IN_PROGRESS), tools.store)
    return "made"


def _arn(intent: JobRecord, jobs: TrainingJobs) -> str:
    try:
        return jobs.create(intent.request)
    except NameTakenError as exc:
        return _adopted(intent, jobs, exc)


def _adopted(intent: JobRecord, jobs: TrainingJobs, taken: NameTakenError) -> str:
    """The ARN of the job that has our name, when its token is ours."""
    try:
        found = jobs.get(intent.request.job_name)
    except NotFoundError:
        raise taken from None
    if found.token != intent.request.token:
        raise taken
    return found.arn


def _save(job: JobRecord, store: RunStore) -> None:
    """Writes the answer, unless the watch has adopted the job in the meantime, which says the same."""
    try:
        store.save_job(job)
    except StaleRecordError:
        stored = next(j for j in store.run(job.key.run_id).jobs if j.key == job.key)
        if stored.status is JobStatus.INTENDED:
            raise
