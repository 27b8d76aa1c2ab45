"""The `WaitForRun` state: stores the task token, rings for the watch, and does nothing that can fail late."""

from dataclasses import dataclass, replace

from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.runs import Wait
from finetune_guard.ports import Clock, RunStore, WatchBell

#: Somebody else writes the run's item at most a few times a minute.
TRIES = 5


@dataclass(frozen=True, slots=True)
class AwaitTools:
    """What `await_run` needs of the world."""

    store: RunStore
    bell: WatchBell
    clock: Clock


def await_run(run_id: str, token: str, tools: AwaitTools) -> int:
    """Stores the token that the watch will complete; returns the number of the wait.

    Raises:
        NotFoundError: No such run.
        StaleRecordError: The run's item was written by others at every try.
    """
    for left in reversed(range(TRIES)):
        run = tools.store.run(run_id)
        number = run.waits + 1
        wait = Wait(number, token, tools.clock.now(), len(run.open_jobs))
        try:
            tools.store.save_run(replace(run, waits=number, wait=wait))
            break
        except StaleRecordError:
            if not left:
                raise
    tools.bell.ring()
    return number
