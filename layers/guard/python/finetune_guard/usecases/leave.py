"""Looks what a destroyed stack would leave, running and billing; changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from finetune_guard.core.destroying import LeftBehind, Storage, left_behind, open_jobs
from finetune_guard.core.errors import NotFoundError, ServiceError, UnreadableRecordError
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed
from finetune_guard.ports import RunStore, TrainingJobs

T = TypeVar("T")

#: Ended runs that are looked at for their models, newest first.
LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class LeaveTools:
    """What `leave` needs of the world."""

    store: RunStore
    jobs: TrainingJobs
    storage: Storage


@dataclass(slots=True)
class _Seen:
    """What was found while it is looked for; `unread` has each sentence once, in order."""

    run_ids: dict[str, None] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)


def leave(tools: LeaveTools) -> LeftBehind:
    """What would be left of every open run, of every open job, and of the last runs that ended.

    Each job that is open by our records is asked about at Bedrock, since a watch that does not tick records
    nothing; where Bedrock does not answer, the record counts. What cannot be read is told: it may run.
    """
    seen, store = _Seen(), tools.store
    ended = store.ended_runs(LOOKED_AT)
    for runs in (store.open_runs(), ended):
        _note(runs, (run.run_id for run in runs), seen)
    for jobs in (store.open_jobs(), store.models_to_delete()):
        _note(jobs, (job.key.run_id for job in jobs), seen)
    whole = tuple(_read(seen, store))
    live = dict(pair for run in whole for pair in _asked(run, tools.jobs))
    cut = len(ended) + len(ended.unreadable) >= LOOKED_AT
    return left_behind(whole, live, tools.storage, tuple(seen.unread), LOOKED_AT if cut else None)


def _note(listed: Listed[T], run_ids: Iterator[str], seen: _Seen) -> None:
    seen.run_ids |= dict.fromkeys(run_ids)
    seen.unread |= dict.fromkeys(record.sentence for record in listed.unreadable)


def _read(seen: _Seen, store: RunStore) -> Iterator[Run]:
    for run_id in seen.run_ids:
        try:
            yield store.run(run_id)
        except (NotFoundError, UnreadableRecordError) as exc:
            seen.unread[str(exc)] = None


def _asked(run: Run, jobs: TrainingJobs) -> Iterator[tuple[str, str]]:
    for job in open_jobs(run):
        try:
            yield job.identifier, jobs.get(job.identifier).status
        except NotFoundError:
            yield job.identifier, ""
        except ServiceError:
            continue
