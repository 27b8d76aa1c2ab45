"""What this account's own finished runs of the same base came to, to stand beside advice."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

from finetune_guard.core.deciding import deciding_job
from finetune_guard.core.errors import UnreadableRecordError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import Plan, StagePlan
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import spent_by
from finetune_guard.ports import RunStore

#: Ended runs that are looked at, newest first, and of those that fit how many are read and quoted.
LOOKED_AT, QUOTED = 100, 5
#: A run fits when it had at least a third and at most three times as many records.
FACTOR = 3


@dataclass(frozen=True, slots=True)
class PastRun:
    """One finished run of the same base and a similar size.

    Attributes:
        records: Training records; of a run in segments those of the whole.
        epochs: Passes over them; of a run in segments those of the whole.
        rate_key: "learningRate" or "learningRateMultiplier"; "" where the base has none.
        rate: What it was trained with, its peak where later segments take a share of it; None where the
            service chose.
        verdict: What its curve was; None where nothing was judged.
        validation_loss: The last; None where there was none.
        training_loss: The last; may be non-finite.
        cost_usd: Of all its jobs, estimated; None where no price was known.
        cost_is_upper_bound: Whether the true cost may be lower.
        segments: Into how many the full run was cut; 1 where it was one job.
        segment: Whose model and losses these are; 0 where it was one job.
    """

    run_id: str
    job_name: str
    ended_at: datetime | None
    records: int
    epochs: int
    rate_key: str
    rate: str | None
    verdict: str | None
    validation_loss: float | None
    training_loss: float | None
    cost_usd: Decimal | None
    cost_is_upper_bound: bool
    segments: int = 1
    segment: int = 0


def past_runs(base: BaseModel, records: int, store: RunStore) -> tuple[PastRun, ...]:
    """The newest finished runs like this one; at most QUOTED, whatever the table holds.

    A run that cannot be read is left out: it only stands beside the advice.
    """
    like = (run for run in store.ended_runs(LOOKED_AT) if _alike(run.plan, base, records))
    found = (_read(run.run_id, store) for run in islice(like, QUOTED))
    return tuple(past for past in found if past is not None)


def _read(run_id: str, store: RunStore) -> PastRun | None:
    try:
        return _past(store.run(run_id))
    except UnreadableRecordError:
        return None


def _alike(plan: Plan | None, base: BaseModel, records: int) -> bool:
    if plan is None or plan.base_model_id != base.model_id:
        return False
    part = plan.full or plan.rehearsal
    return part is not None and records <= FACTOR * part.records <= FACTOR**2 * records


def _past(run: Run) -> PastRun | None:
    job, plan = _result(run), run.plan
    if job is None or plan is None:
        return None
    rate, spent, whole = plan.learning_rate, spent_by(run), _whole(job, plan)
    segments = len(plan.segments.parts) if plan.segments and whole else 1
    return PastRun(
        run_id=run.run_id,
        job_name=run.job_name,
        ended_at=run.ended_at,
        records=whole.records if whole else job.orders.records,
        epochs=whole.epochs if whole else job.orders.epochs,
        rate_key=rate.key if rate else "",
        rate=_first(run, job).request.hyperparameters.get(rate.key) if rate else None,
        verdict=job.verdict.value if job.verdict else None,
        validation_loss=job.seen.last_validation,
        training_loss=job.seen.last_loss,
        cost_usd=spent.usd,
        cost_is_upper_bound=spent.upper_bound,
        segments=segments,
        segment=max(1, job.key.segment) if segments > 1 else 0,
    )


def _result(run: Run) -> JobRecord | None:
    """The job whose model the run kept; of a run that kept none the one that its verdict speaks of."""
    return run.kept_job or deciding_job(run)


def _whole(job: JobRecord, plan: Plan) -> StagePlan | None:
    """The full run whole, where the job is one of its segments; None where it is a job of its own."""
    begun = job.key.segment or (job.rehearsal and plan.segments is not None and plan.segments.rehearsed)
    return plan.full if begun else None


def _first(run: Run, job: JobRecord) -> JobRecord:
    """The first segment of those that the job was trained on top of; itself where it is no segment."""
    models = {each.model_arn: each for each in run.jobs if each.model_arn}
    for _ in run.jobs:
        job = models.get(job.request.start_from, job)
    return job
