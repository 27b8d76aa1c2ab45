"""What a stack that is destroyed leaves in the account: jobs that nobody watches, models, storage.

`core/leaving.py` says what one run leaves; here it is of all runs, at the moment when the functions go.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.leaving import Fate, left_by
from finetune_guard.core.reporting import usable_model
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import spent_on


@dataclass(frozen=True, slots=True)
class Storage:
    """Where the stack keeps things, and what becomes of it.

    Attributes:
        table: The table's name.
        bucket: The bucket's name.
        removal: The deploy option: "retain" or "destroy"; "" where the stack does not tell.
    """

    table: str
    bucket: str
    removal: str


@dataclass(frozen=True, slots=True)
class Unwatched:
    """A job that would run on.

    Attributes:
        run_id: Its run.
        part: The part of the run that it is.
        job_name: Its name at Bedrock.
        job_arn: Its ARN; None where its creation was begun and no answer came.
        seen: What tells that it runs: the service's own word, or "by our record" where it was not asked.
        usd_at_end: What it comes to when it is left alone; None where no price is known. What it has come to
            so far the service tells nobody.
        stop: What stops it while the stack is there.
        stop_without_stack: What stops it afterwards.
    """

    run_id: str
    part: str
    job_name: str
    job_arn: str | None
    seen: str
    usd_at_end: Decimal | None
    stop: str
    stop_without_stack: str


@dataclass(frozen=True, slots=True)
class Remaining:
    """A model that would stay.

    Attributes:
        run_id: Its run.
        part: The part of the run that made it.
        model_arn: The model.
        fate: What was to become of it.
        usd_per_month: What keeping it costs; None where that is not known.
        delete: What deletes it; nobody else would, without the stack.
    """

    run_id: str
    part: str
    model_arn: str
    fate: Fate
    usd_per_month: Decimal | None
    delete: str


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What would be left.

    Attributes:
        running: Jobs that run and bill.
        waiting_runs: Runs whose executions go on without such a job, and may start one at any moment.
        models: Every model of ours that is not deleted.
        usd_per_month: What those models cost a month; None where that is not known of each.
        storage: Table and bucket.
        unread: One sentence for each record that cannot be read; what it is of may run.
        newest_only: How many of the ended runs were looked at, where there may be more; None where all were.
    """

    running: tuple[Unwatched, ...]
    waiting_runs: tuple[str, ...]
    models: tuple[Remaining, ...]
    usd_per_month: Decimal | None
    storage: Storage
    unread: tuple[str, ...] = ()
    newest_only: int | None = None

    @property
    def safe(self) -> bool:
        """Whether no job runs, none is about to start, and nothing is there of which nobody can tell."""
        return not self.running and not self.waiting_runs and not self.unread


def left_behind(
    runs: Sequence[Run],
    live: Mapping[str, str],
    storage: Storage,
    unread: tuple[str, ...] = (),
    newest_only: int | None = None,
) -> LeftBehind:
    """What is left of these runs when the stack goes.

    Args:
        runs: Every run that is looked at, with its jobs.
        live: The service's own word on jobs that are open by our records, by what identifies them; "" for
            one that it does not know. A job that is not here was not asked about.
        storage: Where the stack keeps things.
        unread: As LeftBehind has it.
        newest_only: As LeftBehind has it.
    """
    running = tuple(job for run in runs for job in _running(run, live))
    busy = {job.run_id for job in running}
    models = tuple(model for run in runs for model in _models(run))
    known = [model.usd_per_month for model in models if model.usd_per_month is not None]
    return LeftBehind(
        running=running,
        waiting_runs=tuple(run.run_id for run in runs if _goes_on(run) and run.run_id not in busy),
        models=models,
        usd_per_month=sum(known, Decimal(0)) if len(known) == len(models) else None,
        storage=storage,
        unread=unread,
        newest_only=newest_only,
    )


def _goes_on(run: Run) -> bool:
    """An aborted run has no execution left that could start a job."""
    return not run.ended and not run.aborted


#: Words of the service for a job that is over.
_OVER = frozenset({"Completed", "Failed", "Stopped", ""})


def open_jobs(run: Run) -> Iterator[JobRecord]:
    """Jobs that may run, by our records: created and not over, or begun to be created."""
    return (job for job in run.jobs if not job.terminal)


def _running(run: Run, live: Mapping[str, str]) -> Iterator[Unwatched]:
    for job in open_jobs(run):
        word = live.get(job.identifier)
        if word is None or word not in _OVER:
            yield _unwatched(run, job, word)


def _unwatched(run: Run, job: JobRecord, word: str | None) -> Unwatched:
    begun = "its creation was begun, by our record"
    by_record = begun if job.status is JobStatus.INTENDED else f"{job.status}, by our record"
    return Unwatched(
        run_id=run.run_id,
        part=job.key.part,
        job_name=job.request.job_name,
        job_arn=job.arn,
        seen=by_record if word is None else word,
        usd_at_end=job.orders.estimated_usd if job.status is JobStatus.INTENDED else spent_on(job).usd,
        stop=f"finetune-guard stop {run.run_id}",
        stop_without_stack=f"aws bedrock stop-model-customization-job --job-identifier {job.identifier}",
    )


def _models(run: Run) -> Iterator[Remaining]:
    for model in left_by(run, usable_model(run)).models:
        yield Remaining(
            run_id=run.run_id,
            part=model.part,
            model_arn=model.model_arn,
            fate=model.fate,
            usd_per_month=model.usd_per_month,
            delete=f"aws bedrock delete-custom-model --model-identifier {model.model_arn}",
        )
