"""Models: none is deleted that is needed, none that is not is left (docs/adr/0021)."""

from collections.abc import Iterator

from finetune_guard.core.decisions import RunStatus
from tests.simulation.effects import Effect
from tests.simulation.night import Night


def no_kept_model_is_deleted(night: Night, effect: Effect) -> Iterator[str]:
    for run in night.runs.values():
        kept = next((job for job in night.jobs_of(run.run_id) if job.key.short == run.kept), None)
        if kept is not None and kept.model_arn == effect.given[0]:
            yield f"The model of {run.kept} was deleted; it is the result of {run.run_id}."


def no_model_is_deleted_that_a_running_job_starts_from(night: Night, effect: Effect) -> Iterator[str]:
    for arn, request in night.world.jobs.requests.items():
        job = night.world.jobs.described.get(arn)
        if job is not None and job.status == "InProgress" and request.start_from == effect.given[0]:
            yield f"{effect.given[0]} was deleted, and {request.job_name} starts from it."


def only_a_throw_away_model_is_deleted(night: Night, effect: Effect) -> Iterator[str]:
    owner = next((w.job for w in night.jobs.values() if w.job.model_arn == effect.given[0]), None)
    if owner is None or not owner.throw_away:
        yield f"{effect.given[0]} was deleted, and it is none that is thrown away."


def no_job_is_to_start_from_a_model_that_is_gone(night: Night, effect: Effect) -> Iterator[str]:
    for model in night.world.jobs.dead_starts:
        yield f"A job was to start from {model}, which is gone."


def what_is_thrown_away_is_gone(night: Night, effect: Effect) -> Iterator[str]:
    """At the end, eight days later: what is left is the result of a run, or a whole full run's."""
    for each in night.jobs.values():
        job = each.job
        run = night.runs[job.key.run_id]
        stays = run.kept == job.key.short or job.key.part == "full" or not run.ended
        if job.model_arn in night.world.jobs.models and not stays:
            yield f"The model of {job.key.short} of {run.run_id} ({run.status}) is still there."


def what_is_kept_is_there(night: Night, effect: Effect) -> Iterator[str]:
    for run in night.runs.values():
        kept = next((job for job in night.jobs_of(run.run_id) if job.key.short == run.kept), None)
        if kept is not None and kept.model_arn not in night.world.jobs.models:
            yield f"The model of {run.kept} is gone; it is the result of {run.run_id}."
        if run.status is RunStatus.COMPLETED and not run.kept:
            yield f"{run.run_id} was completed without a model."


PROMISES = {
    "jobs.delete_model": (
        no_kept_model_is_deleted,
        no_model_is_deleted_that_a_running_job_starts_from,
        only_a_throw_away_model_is_deleted,
    ),
    "tick": (no_job_is_to_start_from_a_model_that_is_gone,),
    "end": (what_is_thrown_away_is_gone, what_is_kept_is_there),
}
