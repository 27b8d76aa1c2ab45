"""A person's order to stop the jobs of a run: written down here, carried out and confirmed by the watch."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.jobs import JobRecord, StopOrder, StopReason
from finetune_guard.core.names import JobKey
from finetune_guard.core.runs import Run
from finetune_guard.ports import Clock, RunStore
from finetune_guard.usecases.waiting import Waiter

#: A tick may write the same record at the same moment; it does so a few times a minute at most.
TRIES = 8
SENTENCE = "A person ordered the stop at a terminal."


@dataclass(frozen=True, slots=True)
class StopTools:
    """What ordering a stop needs of the world."""

    store: RunStore
    clock: Clock
    waiter: Waiter


def stoppable(run: Run) -> tuple[JobRecord, ...]:
    """The jobs of the run that a stop can still end."""
    return tuple(job for job in run.open_jobs if not job.terminal)


def stop_run(run_id: str, tools: StopTools, sentence: str = SENTENCE) -> Run:
    """Orders every job that still runs to be stopped, unless that is ordered already; returns the run.

    Raises:
        NotFoundError: No such run.
        StaleRecordError: Others wrote a job's record at every try; nothing is lost, order it again.
    """
    run = tools.store.run(run_id)
    for job in stoppable(run):
        _order(job.key, sentence, tools)
    return tools.store.run(run_id)


def _order(key: JobKey, sentence: str, tools: StopTools) -> None:
    for left in reversed(range(TRIES)):
        job = next(job for job in tools.store.run(key.run_id).jobs if job.key == key)
        if job.stop is not None or job.terminal:
            return
        order = StopOrder(StopReason.PERSON, sentence, tools.clock.now())
        try:
            tools.store.save_job(replace(job, stop=order))
            return
        except StaleRecordError:
            if not left:
                raise


def unconfirmed(run: Run) -> tuple[JobRecord, ...]:
    """Jobs whose ordered stop Bedrock has not confirmed."""
    return tuple(job for job in run.jobs if job.stop and not job.stop.confirmed_at and not job.closed)


def await_stops(run_id: str, tools: StopTools, interval: float) -> Iterator[Run]:
    """Yields the run at each look until every ordered stop is confirmed, or the waiter is set.

    Raises:
        NotFoundError: No such run.
        ServiceError: The table cannot be read; the orders stand all the same.
    """
    while True:
        run = tools.store.run(run_id)
        yield run
        if not unconfirmed(run) or tools.waiter.wait(interval):
            return
