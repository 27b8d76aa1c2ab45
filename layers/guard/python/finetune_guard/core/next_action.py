"""What a run does next: one pure function over its record, the heart of the workflow.

Rehearsal, retry, budget, abort and the bound on waiting are its cases and nothing else's. It is asked by the
`Next` state, by CreateJobs and by the watch, and gives each the same answer for the same record.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from finetune_guard.core.cost import HOW_TO_GIVE
from finetune_guard.core.decisions import Decision, DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobRequest, JobStatus, WatchOrders
from finetune_guard.core.names import RUN_TAG, STAGE_TAG, JobKey
from finetune_guard.core.plans import LearningRate, Plan, StagePlan
from finetune_guard.core.policy import decide, lowered
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import spent_by

#: A run is given up this long after a job's own limit; the job may then still be running and billing.
GRACE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision about one closed job."""

    job: JobRecord
    decision: Decision


@dataclass(frozen=True, slots=True)
class Create:
    """Create these jobs; an intent that stands already is among them as it is.

    Attributes:
        jobs: The intents.
        judged: Decisions that led here, oldest first.
    """

    jobs: tuple[JobRecord, ...]
    judged: tuple[Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitForJobs:
    """Nothing to decide until a job is closed."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The run is over.

    Attributes:
        decision: The last decision.
        status: How it ended.
        judged: Decisions that led here, oldest first.
    """

    decision: Decision
    status: RunStatus
    judged: tuple[Judged, ...] = ()


Action = Create | WaitForJobs | Finish

CARRY_ON = frozenset({DecisionKind.PROCEED, DecisionKind.PROCEED_WITH_WARNING})


def next_action(run: Run, now: datetime) -> Action:
    """What `run` does next.

    Args:
        run: The run with all its jobs.
        now: UTC; only bounds the waiting.
    """
    refused = _refused_by_preflight(run)
    if refused:
        return refused
    plan = run.plan
    if plan is None:
        return Finish(Decision(DecisionKind.REFUSE, "plan.missing", "No plan was made."), RunStatus.FAILED)
    if run.aborted:
        return WaitForJobs() if run.open_jobs else Finish(_aborted_decision(), RunStatus.STOPPED)
    intended = tuple(job for job in run.open_jobs if job.status is JobStatus.INTENDED)
    if run.open_jobs and _overdue(run, now):
        return Finish(_overdue_decision(run), RunStatus.FAILED)
    if intended:
        return Create(intended)
    return WaitForJobs() if run.open_jobs else _through_stages(run, plan, now)


def _refused_by_preflight(run: Run) -> Finish | None:
    errors = [problem for problem in run.problems if problem.severity == "error"]
    if not errors:
        return None
    what = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    codes = ", ".join(dict.fromkeys(error.code for error in errors))
    reason = f"Pre-flight refuses, with {what} to mend ({codes}); nothing was created."
    return Finish(Decision(DecisionKind.REFUSE, "preflight.refused", reason), RunStatus.REFUSED)


def _aborted_decision() -> Decision:
    reason = "The execution was aborted or timed out; nothing more was started."
    return Decision(DecisionKind.ENDED_BY_A_PERSON, "run.aborted", reason)


def _overdue(run: Run, now: datetime) -> bool:
    return any(now > job.intended_at + timedelta(hours=job.orders.max_hours) + GRACE for job in run.open_jobs)


def _overdue_decision(run: Run) -> Decision:
    names = ", ".join(job.request.job_name for job in run.open_jobs)
    reason = f"Past its max_hours and {GRACE}; still running and billing: {names}. Stop it by hand."
    return Decision(DecisionKind.REFUSE, "run.overdue", reason)


def _through_stages(run: Run, plan: Plan, now: datetime) -> Action:
    judged: list[Judged] = []
    rate = plan.learning_rate
    for stage in (plan.rehearsal, plan.full):
        if stage is None:
            continue
        jobs = run.of(stage.stage)
        if not jobs:
            return _create(run, plan, stage, 0, rate, now, judged)
        judged += [Judged(job, decide(plan, job)) for job in jobs]
        decision = judged[-1].decision
        rate = _rate_of(plan, jobs[-1])
        if decision.kind is DecisionKind.RETRY_LOWER and rate:
            return _create(run, plan, stage, jobs[-1].key.candidate + 1, lowered(rate), now, judged)
        if decision.kind not in CARRY_ON:
            return Finish(decision, _status(judged[-1]), tuple(judged))
    return Finish(judged[-1].decision, RunStatus.COMPLETED, tuple(judged))


def _status(judged: Judged) -> RunStatus:
    if judged.decision.kind in (DecisionKind.STOP, DecisionKind.ENDED_BY_A_PERSON):
        return RunStatus.STOPPED
    return RunStatus.FAILED if judged.job.status in (JobStatus.FAILED, JobStatus.LOST) else RunStatus.REFUSED


def _rate_of(plan: Plan, job: JobRecord) -> LearningRate | None:
    """The rate that a job ran at: what it was sent, else the family's default in the plan."""
    rate = plan.learning_rate
    if rate is None:
        return None
    return replace(rate, value=Decimal(job.request.hyperparameters.get(rate.key, str(rate.value))))


def _create(
    run: Run,
    plan: Plan,
    stage: StagePlan,
    candidate: int,
    rate: LearningRate | None,
    now: datetime,
    judged: list[Judged],
) -> Action:
    over = _over_budget(run, plan, stage)
    if over:
        return Finish(over, RunStatus.REFUSED, tuple(judged))
    key = JobKey(run.run_id, stage.stage, candidate)
    return Create((_intent(plan, stage, key, rate, now),), tuple(judged))


def _over_budget(run: Run, plan: Plan, stage: StagePlan) -> Decision | None:
    if plan.budget_usd is None:
        return None
    spent = spent_by(run).usd
    if spent is None or stage.estimated_usd is None:
        unknown = f"budget_usd is {plan.budget_usd}, but no price is known for {plan.base_model_id}."
        reason = f"{unknown} {HOW_TO_GIVE}"
        return Decision(DecisionKind.REFUSE, "budget.no_price", reason)
    if spent + stage.estimated_usd <= plan.budget_usd:
        return None
    reason = (
        f"The {stage.stage} would cost about ${stage.estimated_usd}, with ${spent} spent already; "
        f"budget_usd is {plan.budget_usd}."
    )
    return Decision(DecisionKind.REFUSE, "budget.reached", reason)


def _intent(plan: Plan, stage: StagePlan, key: JobKey, rate: LearningRate | None, now: datetime) -> JobRecord:
    hyperparameters = dict(stage.hyperparameters)
    if rate and plan.learning_rate and rate.value != plan.learning_rate.value:
        hyperparameters[rate.key] = f"{rate.value:f}"
    request = JobRequest(
        job_name=key.job_name,
        model_name=key.model_name,
        token=key.token,
        base_model_id=plan.base_model_id,
        role_arn=plan.role_arn,
        training_uri=stage.training_uri,
        validation_uri=stage.validation_uri,
        output_uri=plan.output_uri,
        hyperparameters=hyperparameters,
        tags={**plan.tags, RUN_TAG: key.run_id, STAGE_TAG: key.stage},
    )
    return JobRecord(key, request, _orders(plan, stage), stage.throw_away, intended_at=now)


def _orders(plan: Plan, stage: StagePlan) -> WatchOrders:
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
    )
