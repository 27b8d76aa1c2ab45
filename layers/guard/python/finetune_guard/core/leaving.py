"""What a run leaves in the account: models, what they cost to keep, and jobs that still run and bill."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from finetune_guard.core.job_words import in_order, job_words
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.keeping import RESUMABLE, needed
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import spent_on


class Fate(StrEnum):
    """What becomes of a model."""

    KEPT = "kept"
    DELETED_LATER = "deleted later"
    NOT_TO_BE_USED = "not to be used"


@dataclass(frozen=True, slots=True)
class ModelLeft:
    """A custom model that is in the account.

    Attributes:
        part: The part of the run that made it, such as "segment-2".
        words: The same for a person, such as "segment 2, 2nd try".
        model_arn: The model.
        fate: What becomes of it.
        delete_after: When it may be deleted; None where it stays, or the run still needs it.
        usd_per_month: What keeping it costs; None where that is not known.
    """

    part: str
    words: str
    model_arn: str
    fate: Fate
    delete_after: datetime | None
    usd_per_month: Decimal | None


@dataclass(frozen=True, slots=True)
class JobLeft:
    """A job that runs and bills.

    Attributes:
        part: The part of the run that it is.
        job_name: Its name.
        job_arn: Its ARN.
        usd: What it may come to; None where no price is known.
    """

    part: str
    job_name: str
    job_arn: str
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Left:
    """What is in the account.

    Attributes:
        models: In the order in which they were made.
        running: Jobs that run and bill.
        usd_per_month: What the models that stay cost a month; None where that is not known.
    """

    models: tuple[ModelLeft, ...] = ()
    running: tuple[JobLeft, ...] = ()
    usd_per_month: Decimal | None = None


def left_by(run: Run, result_arn: str | None) -> Left:
    """What the run leaves, or has in the account while it goes on.

    Args:
        run: With all its jobs.
        result_arn: The model that is its result; None where it has none.
    """
    models = tuple(_models(run, result_arn))
    stay = [model.usd_per_month for model in models if model.fate is not Fate.DELETED_LATER]
    known = [usd for usd in stay if usd is not None]
    return Left(models, tuple(_running(run)), sum(known, Decimal(0)) if len(known) == len(stay) else None)


def _models(run: Run, result_arn: str | None) -> Iterator[ModelLeft]:
    monthly = run.plan.storage_usd_per_month if run.plan else None
    for job in in_order(run):
        if job.model_arn and not job.model_deleted_at:
            fate = _fate(job, result_arn)
            after = _delete_after(run, job) if fate is Fate.DELETED_LATER else None
            yield ModelLeft(job.key.part, job_words(run, job), job.model_arn, fate, after, monthly)


def _fate(job: JobRecord, result_arn: str | None) -> Fate:
    if job.model_arn == result_arn:
        return Fate.KEPT
    return Fate.DELETED_LATER if job.throw_away else Fate.NOT_TO_BE_USED


def _delete_after(run: Run, job: JobRecord) -> datetime | None:
    """What a resumed run would start from stays until it cannot be resumed any more."""
    if run.ended_at is None:
        return None
    return run.ended_at + RESUMABLE if needed(run, job, run.ended_at) else run.ended_at


def _running(run: Run) -> Iterator[JobLeft]:
    for job in in_order(run):
        if job.arn and not job.terminal:
            yield JobLeft(job.key.part, job.request.job_name, job.arn, spent_on(job).usd)
