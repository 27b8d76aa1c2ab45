"""Looks what a destroyed stack would leave, running and billing; changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from finetune_guard.core.destroying import LeftBehind, Storage, left_behind, open_jobs
from finetune_guard.core.errors import NotFoundError, ServiceError
from finetune_guard.core.runs import Run
from finetune_guard.ports import RunStore, TrainingJobs

#: Ended runs that are looked at for their models, newest first.
LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class LeaveTools:
    """What `leave` needs of the world."""

    store: RunStore
    jobs: TrainingJobs
    storage: Storage


def leave(tools: LeaveTools) -> LeftBehind:
    """What would be left of every open run, and of the last that ended.

    Each job that is open by our records is asked about at Bedrock, since a watch that does not tick records
    nothing; where Bedrock does not answer, the record counts.
    """
    listed = (*tools.store.open_runs(), *tools.store.ended_runs(LOOKED_AT))
    ids = dict.fromkeys(run.run_id for run in listed)
    runs = tuple(tools.store.run(run_id) for run_id in ids)
    live = dict(pair for run in runs for pair in _asked(run, tools.jobs))
    return left_behind(runs, live, tools.storage)


def _asked(run: Run, jobs: TrainingJobs) -> Iterator[tuple[str, str]]:
    for job in open_jobs(run):
        try:
            yield job.identifier, jobs.get(job.identifier).status
        except NotFoundError:
            yield job.identifier, ""
        except ServiceError:
            continue
