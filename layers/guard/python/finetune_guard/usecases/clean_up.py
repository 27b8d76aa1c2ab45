"""Deletes throw-away models, by ARN from our own records only, once nobody needs them; marks what is kept."""

from dataclasses import dataclass, replace

from finetune_guard.core.errors import ServiceError, StaleRecordError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.keeping import is_result_for_good, needed
from finetune_guard.ports import Clock, RunStore, TrainingJobs


@dataclass(frozen=True, slots=True)
class CleanUpTools:
    """What `clean_up` needs of the world."""

    store: RunStore
    jobs: TrainingJobs
    clock: Clock


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """Models deleted, and what kept others from being deleted; they are tried again the next time."""

    deleted: tuple[str, ...]
    errors: tuple[str, ...]


def clean_up(tools: CleanUpTools) -> CleanedUp:
    """Deletes every throw-away model of a closed job that no job of its run will start from.

    Segment k's model goes once segment k+1 is complete and accepted, unless it is the best so far. The model
    that a run is left with is marked as kept only here, once no other is kept for taking the run up: ends and
    resumes that overtake each other have then nothing to take back.
    """
    listed = tools.store.models_to_delete()
    deleted: list[str] = []
    errors = [record.sentence for record in listed.unreadable]
    for job in listed:
        try:
            deleted += _decide(job, tools)
        except (ServiceError, StaleRecordError, UnreadableRecordError) as exc:
            errors.append(f"{job.key.run_id} {job.key.short}: {exc}")
    return CleanedUp(tuple(deleted), tuple(errors))


def _decide(job: JobRecord, tools: CleanUpTools) -> tuple[str, ...]:
    """Deletes the model, marks it as kept, or leaves it for another time; the ARN that was deleted."""
    run, now = tools.store.run(job.key.run_id), tools.clock.now()
    if is_result_for_good(run, job, now):
        tools.store.save_job(replace(job, throw_away=False))
        return ()
    return () if needed(run, job, now) else (_delete(job, tools),)


def _delete(job: JobRecord, tools: CleanUpTools) -> str:
    arn = job.model_arn or ""
    tools.jobs.delete_model(arn)
    tools.store.save_job(replace(job, model_deleted_at=tools.clock.now()))
    return arn
