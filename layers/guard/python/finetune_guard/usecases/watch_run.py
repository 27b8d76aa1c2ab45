"""What a tick does with one run: keep its wait alive, end it when there is something to decide, tell its end.

The end is told by the run's machine; by a tick only where the machine is gone before it did so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from finetune_guard.core import wire
from finetune_guard.core.decisions import OnAbort
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.jobs import JobRecord, StopOrder, StopReason
from finetune_guard.core.names import JobKey
from finetune_guard.core.next_action import Ask, Finish, WaitForJobs, next_action
from finetune_guard.core.runs import Run
from finetune_guard.core.wording import aborted_alert
from finetune_guard.ports import Clock, Journal, RunStore, Workflow
from finetune_guard.usecases.advance import finished
from finetune_guard.usecases.report import ReportTools, report

#: A run that waits on nothing for so long is looked up: its machine may be gone.
SILENCE = timedelta(minutes=5)
#: An execution that waits is looked up in every fifth minute: the event of its end may be lost.
LOOK_UP_MINUTES = 5
ALIVE = "RUNNING"


@dataclass(frozen=True, slots=True)
class RunTools:
    """What looking at one run needs of the world."""

    store: RunStore
    workflow: Workflow
    journal: Journal
    clock: Clock

    @property
    def for_reports(self) -> ReportTools:
        """Those that telling an end needs."""
        return ReportTools(self.store, self.journal, self.clock)


def watch_run(run: Run, open_keys: frozenset[JobKey], tools: RunTools, hinted: bool = False) -> bool:
    """Looks at one run that is open or not told; says whether it ended a wait.

    Args:
        run: The run's own item, perhaps a little old.
        open_keys: Its jobs that this tick has just seen open.
        tools: What it needs of the world.
        hinted: Whether an event says that its execution has ended.

    Raises:
        StaleRecordError: Somebody else wrote the run first.
    """
    if run.ended:
        if hinted or run.aborted or _silent(run, tools.clock.now()):
            _tell(run.run_id, tools)
        return False
    if run.aborted:
        _leave(tools.store.run(run.run_id), tools)
        return False
    if run.wait is None:
        if hinted or _silent(run, tools.clock.now()):
            _look_up_execution(run, tools)
        return False
    if hinted or len(open_keys) < max(1, run.wait.jobs):
        return _decide(run, tools, hinted)
    alive = tools.workflow.heartbeat(run.wait.token)
    if not alive or tools.clock.now().minute % LOOK_UP_MINUTES == 0:
        _look_up_execution(run, tools)
    return False


def _silent(run: Run, now: datetime) -> bool:
    """Whether its machine has had the time for what takes a moment."""
    return now >= (run.ended_at or run.started_at) + SILENCE


def _tell(run_id: str, tools: RunTools) -> None:
    """Tells the end of a run, unless that was done since it was listed, or a person has taken it up."""
    run = tools.store.run(run_id)
    if run.ended and not run.told:
        report(run_id, tools.for_reports)


def _decide(run: Run, tools: RunTools, hinted: bool) -> bool:
    """Ends the wait when the run has something to decide, after everything it is decided on is durable."""
    whole = tools.store.run(run.run_id)
    if whole.wait is None:
        return False
    if _waits(whole, tools.clock.now()):
        alive = tools.workflow.heartbeat(whole.wait.token)
    else:
        alive = tools.workflow.complete(whole.wait.token, wire.dumps({"run_id": whole.run_id}))
        if alive:
            tools.store.save_run(replace(whole, wait=None))
            return True
    if hinted or not alive:
        _look_up_execution(whole, tools)
    return False


def _waits(run: Run, now: datetime) -> bool:
    """Whether there is nothing to decide; a question that is not written down yet has still to be asked."""
    action = next_action(run, now)
    if isinstance(action, Ask):
        return run.asked(action.asked.about) is not None
    return isinstance(action, WaitForJobs)


def _look_up_execution(run: Run, tools: RunTools) -> None:
    """Marks the run aborted when its execution has ended; a wait that merely timed out goes on by itself."""
    try:
        status = tools.workflow.execution(run.execution_arn).status
    except NotFoundError:
        status = "NOT FOUND"
    if status != ALIVE:
        _abort(tools.store.run(run.run_id), status, tools)


def _abort(run: Run, status: str, tools: RunTools) -> None:
    if run.ended or run.aborted:
        return
    tools.store.add_alert(aborted_alert(run, status, run.open_jobs, tools.clock.now()))
    tools.store.save_run(replace(run, aborted=True, wait=None))
    # Read anew: whoever creates a job writes its intent first and then looks whether the run is over, so one
    # of the two sees the other.
    _leave(tools.store.run(run.run_id), tools)


def _leave(run: Run, tools: RunTools) -> None:
    """Orders what on_abort says of every job that is open, and ends the run once none is."""
    if run.plan and run.plan.on_abort is OnAbort.STOP and not run.ended:
        for job in run.open_jobs:
            _order_stop(job, tools.clock.now(), tools.store)
    _end_if_quiet(tools.store.run(run.run_id), tools)


def _order_stop(job: JobRecord, now: datetime, store: RunStore) -> None:
    if job.stop is None and not job.terminal:
        order = StopOrder(StopReason.ABORTED, "The execution was aborted and run.on_abort is stop.", now)
        store.save_job(replace(job, stop=order))


def _end_if_quiet(run: Run, tools: RunTools) -> None:
    """Ends an aborted run once none of its jobs is open, and tells so; no machine is left to do it."""
    now = tools.clock.now()
    action = next_action(run, now)
    if run.ended or not isinstance(action, Finish):
        return
    tools.store.save_run(finished(run, action, now))
    report(run.run_id, tools.for_reports)
