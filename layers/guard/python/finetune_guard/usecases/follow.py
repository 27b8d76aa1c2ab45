"""Follows a run in the table, for a person who waits at a terminal; the run does not need it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from finetune_guard.core.errors import NotFoundError, ServiceUnavailableError
from finetune_guard.core.observations import Execution
from finetune_guard.core.runs import Run
from finetune_guard.ports import Clock, RunStore, Workflow
from finetune_guard.usecases.waiting import Waiter

#: A run without news for so long has its execution looked up: it may have been aborted.
SILENCE = timedelta(minutes=1)
#: Looks in a row that a service may fail before the follower gives up; the run goes on without it.
FAILURES_BORNE = 60
ALIVE = "RUNNING"


@dataclass(frozen=True, slots=True)
class FollowTools:
    """What following needs of the world."""

    store: RunStore
    workflow: Workflow
    clock: Clock
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class Sight:
    """A run as it was seen.

    Attributes:
        run: The record; None until the machine has written it.
        execution: The execution, where it was looked up.
        trouble: Why nothing newer could be seen, or "".
    """

    run: Run | None = None
    execution: Execution | None = None
    trouble: str = ""

    @property
    def execution_over(self) -> bool:
        """Whether the execution is known to have ended."""
        return self.execution is not None and self.execution.status != ALIVE

    @property
    def over(self) -> bool:
        """Whether nothing more will be seen: the run has ended, its report is written or never will be."""
        if self.run is None:
            return self.execution_over
        return self.run.ended and (bool(self.run.report_uri) or self.execution_over)


@dataclass(frozen=True, slots=True)
class Followed:
    """What is followed: a run, and the execution that carries it ("" where only the record knows it)."""

    run_id: str
    execution_arn: str = ""


def follow(what: Followed, tools: FollowTools, interval: float) -> Iterator[Sight]:
    """Yields the run as it is at first and whenever it has changed, until it is over.

    Args:
        what: The run.
        tools: What it needs of the world; its waiter ends the following when it is set.
        interval: Seconds between two looks.

    Raises:
        NotFoundError: There is neither such a run nor such an execution.
        AccessRefusedError: The caller may not look.
        ServiceUnavailableError: The service failed FAILURES_BORNE times in a row.
    """
    last, changed_at, failures = Sight(), tools.clock.now(), 0
    first = True
    while True:
        now = tools.clock.now()
        try:
            sight = _look(what, last, now >= changed_at + SILENCE, tools)
            failures = 0
        except ServiceUnavailableError as exc:
            failures += 1
            if failures >= FAILURES_BORNE:
                raise
            sight = replace(last, trouble=str(exc))
        if first or sight != last:
            changed_at = _changed_at(last, sight, changed_at, now)
            first, last = False, sight
            yield sight
        if sight.over or tools.waiter.wait(interval):
            return


def _changed_at(before: Sight, after: Sight, changed_at: datetime, now: datetime) -> datetime:
    """Only news of the run itself ends a silence; a trouble does not."""
    return now if before.run != after.run else changed_at


def _look(what: Followed, last: Sight, silent: bool, tools: FollowTools) -> Sight:
    run = _run(what, tools.store)
    arn = what.execution_arn or (run.execution_arn if run else "")
    wanted = run is None or run.ended or silent
    if not wanted or last.execution_over:
        return Sight(run, last.execution)
    return Sight(run, _execution(arn, run, tools.workflow))


def _run(what: Followed, store: RunStore) -> Run | None:
    """The record; None when its execution is known and has not written it yet, or not yet taken it up."""
    try:
        run = store.run(what.run_id)
        return run if _carried(run, what.execution_arn) else None
    except NotFoundError:
        if not what.execution_arn:
            raise
        return None


def _carried(run: Run, execution_arn: str) -> bool:
    """Whether the execution has begun to carry the run: before, the record tells of an earlier one."""
    return not execution_arn or execution_arn in (run.execution_arn, *run.executions)


def _execution(arn: str, run: Run | None, workflow: Workflow) -> Execution | None:
    """The execution; an old one that Step Functions has forgotten has surely ended."""
    try:
        return workflow.execution(arn)
    except NotFoundError:
        if run is None:
            raise
        return Execution(arn, "NOT FOUND", run.started_at)
