"""The first state of an execution that takes up a run: gives it the run, or refuses."""

from dataclasses import dataclass, replace
from datetime import datetime

from finetune_guard.core import wire
from finetune_guard.core.config_text import SHOWN
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.names import is_run_id, run_id
from finetune_guard.core.printable import printable
from finetune_guard.core.resuming import RESUME, no_such_run, not_resumable, resumed
from finetune_guard.core.runs import Problem, Run
from finetune_guard.ports import Clock, RunStore


@dataclass(frozen=True, slots=True)
class Resumption:
    """What an execution asks.

    Attributes:
        run_id: The run to take up.
        mode: Which machine asks.
        execution_arn: The execution that would carry it.
        started_at: When it started.
    """

    run_id: str
    mode: Mode
    execution_arn: str
    started_at: datetime


def resume_run(asked: Resumption, store: RunStore, clock: Clock) -> Run:
    """The run, carried by this execution from now on; where that cannot be, a run of its own that is refused.

    The same execution asked again gets the run that it has.

    Raises:
        StaleRecordError: Somebody wrote the run in between; ask again.
    """
    if not is_run_id(asked.run_id):
        return _refused(asked, no_such_run(asked.run_id), store)
    try:
        run = store.run(asked.run_id)
    except NotFoundError:
        return _refused(asked, no_such_run(asked.run_id), store)
    if run.execution_arn == asked.execution_arn:
        return run
    problem = not_resumable(run, asked.mode, asked.execution_arn, clock.now())
    if problem:
        return _refused(asked, problem, store)
    _throw_away_again(run, store)
    store.save_run(resumed(run, asked.execution_arn))
    return store.run(run.run_id)


def _throw_away_again(run: Run, store: RunStore) -> None:
    """The model that was kept is one of several again: whether it stays is decided at the new end."""
    kept = run.kept_job
    if kept and not kept.throw_away:
        store.save_job(replace(kept, throw_away=True))


def _refused(asked: Resumption, problem: Problem, store: RunStore) -> Run:
    wanted = printable(asked.run_id[:SHOWN])
    return store.add_run(
        Run(
            run_id=run_id(f"{RESUME}-{wanted}", asked.execution_arn),
            mode=asked.mode,
            config=wire.dumps({RESUME: wanted}),
            job_name=f"{RESUME} {wanted}",
            execution_arn=asked.execution_arn,
            started_at=asked.started_at,
            problems=(problem,),
        )
    )
