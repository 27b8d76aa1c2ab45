"""The intent of a job: everything that Create is called with, derived from the plan and what was decided."""

from datetime import datetime

from finetune_guard.core.job_request import JobRequest, WatchOrders
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.moves import Candidate, Try
from finetune_guard.core.names import RUN_TAG, STAGE_TAG, JobKey
from finetune_guard.core.plans import LearningRate, Plan, StagePlan
from finetune_guard.core.runs import Run


def intent(run: Run, plan: Plan, wanted: Try, candidate: Candidate, now: datetime) -> JobRecord:
    """The record of a job that is to be created; the same question gives the same names."""
    stage = wanted.stage
    key = JobKey(run.run_id, stage.stage, candidate.number, run.attempt, stage.segment)
    request = JobRequest(
        job_name=key.job_name,
        model_name=key.model_name,
        token=key.token,
        base_model_id=plan.base_model_id,
        role_arn=plan.role_arn,
        training_uri=stage.training_uri,
        validation_uri=stage.validation_uri,
        output_uri=plan.output_uri,
        hyperparameters=_hyperparameters(plan, stage, candidate.rate),
        tags={**plan.tags, RUN_TAG: key.run_id, STAGE_TAG: key.part},
        start_from=wanted.start.model if wanted.start else "",
    )
    return JobRecord(key, request, _orders(plan, wanted), stage.throw_away, intended_at=now)


def _hyperparameters(plan: Plan, stage: StagePlan, rate: LearningRate | None) -> dict[str, str]:
    """What the stage is sent; the rate is the run's own in the share that the stage has of it."""
    values = dict(stage.hyperparameters)
    unchanged = plan.learning_rate is None or rate is None or rate.value == plan.learning_rate.value
    if rate is None or (unchanged and stage.rate_share == 1):
        return values
    value = rate.value if stage.rate_share == 1 else rate.nearest(rate.value * stage.rate_share)
    return {**values, rate.key: f"{value:f}"}


def _orders(plan: Plan, wanted: Try) -> WatchOrders:
    stage = wanted.stage
    return WatchOrders(
        family=plan.family,
        auto_stop=plan.auto_stop,
        max_hours=plan.max_hours,
        planned_steps=stage.planned_steps,
        epochs=stage.epochs,
        thresholds=plan.thresholds,
        estimated_usd=stage.estimated_usd,
        tokens=stage.tokens.middle * stage.epochs,
        records=stage.records,
        before=tuple(job.request.job_name for job in wanted.before if job.seen.rows),
        run_steps=plan.segments.planned_steps if plan.segments and stage.segment else None,
    )
