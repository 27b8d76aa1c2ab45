"""One tick of the watch: look at every open job, then at every waiting run, then send what is to be told.

Two ticks at once are normal: each job is written once a tick, conditional on its version, and the loser
discards what it found. A tick that dies anywhere is made good by the next one, since nothing counts as done
before the record says so. One job that cannot be judged, and one record that cannot be read, keep no other
from being judged. Several are looked at side by side (docs/adr/0025); what they share is read and written by
one at a time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from finetune_guard.core.errors import UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import Control
from finetune_guard.core.runs import Run
from finetune_guard.ports import (
    Alerts,
    Clock,
    Journal,
    MetricSource,
    RunStore,
    TrainingJobs,
    Workers,
    Workflow,
)
from finetune_guard.usecases.judge import Judge
from finetune_guard.usecases.send_alerts import SendTools, send_alerts
from finetune_guard.usecases.ticked import Ticked, Tried, counted, readable, tried
from finetune_guard.usecases.watch_job import JobTools, Looked, watch_job
from finetune_guard.usecases.watch_run import RunTools, watch_run

#: After the deadline for jobs, runs are looked at for so long, where jobs have taken all the time.
FOR_RUNS = timedelta(seconds=5)
#: And after the deadline for jobs, mails are sent for so long.
FOR_MAILS = timedelta(seconds=10)
#: Multiples of it, without their whole part, are spread as evenly as can be: the golden ratio.
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class WatchTools:
    """What a tick needs of the world.

    Attributes:
        stops_per_hour: Most jobs that are stopped for what their curves show within an hour, in the whole
            stack (core/breaker.py).
        mails_per_hour: Most mails within an hour (core/mail_cap.py).
        workers: Who looks at several jobs at once.
        shared: Held while a record that jobs share is read and written.
    """

    store: RunStore
    jobs: TrainingJobs
    metrics: MetricSource
    journal: Journal
    alerts: Alerts
    workflow: Workflow
    clock: Clock
    judge: Judge
    stops_per_hour: int
    mails_per_hour: int
    workers: Workers
    shared: Lock = field(default_factory=Lock)

    @property
    def for_jobs(self) -> JobTools:
        """Those that looking at one job needs."""
        return JobTools(
            self.store,
            self.jobs,
            self.metrics,
            self.journal,
            self.clock,
            self.judge,
            self.stops_per_hour,
            self.shared,
        )

    @property
    def for_mails(self) -> SendTools:
        """Those that sending needs."""
        return SendTools(self.store, self.alerts, self.clock, self.workers, self.mails_per_hour)


def tick(tools: WatchTools, deadline: datetime, ended_execution: str = "") -> Ticked:
    """Looks at everything that is open.

    Args:
        tools: What it needs of the world.
        deadline: No further job is looked at after this; the next tick begins with those left out. FOR_MAILS
            later it has ended but for the calls that are on their way.
        ended_execution: ARN of an execution that is said to have ended; only a hint, looked up again.
    """
    ticked = Ticked()
    control = _control(tools.store, ticked)
    before = readable(tools.store.open_jobs(), ticked)
    ticked.open_jobs = len(before)
    ticked.overdue_seconds = _age(before, tools.clock.now())
    still_open = _look_at_jobs(before, tools, control, deadline, ticked)
    _look_at_runs(still_open, tools, ended_execution, deadline + FOR_RUNS, ticked)
    send_alerts(tools.for_mails, deadline + FOR_MAILS, ticked)
    return ticked


def _control(store: RunStore, ticked: Ticked) -> Control:
    """What a person has ordered; where that cannot be read nothing is stopped, since a stop is for ever."""
    try:
        return store.control()
    except UnreadableRecordError as exc:
        ticked.errors.append(f"{exc} Until then no job is stopped.")
        return Control(kill_switch=True)


def _age(jobs: Iterable[JobRecord], now: datetime) -> float:
    return max(((now - (job.ticked_at or job.intended_at)).total_seconds() for job in jobs), default=0.0)


def _look_at_jobs(
    jobs: tuple[JobRecord, ...], tools: WatchTools, control: Control, deadline: datetime, ticked: Ticked
) -> frozenset[JobKey]:
    """Looks at each job until the deadline; the keys of those open afterwards, for all that this tick knows.

    A job that was left out was open a moment ago. Should another tick have closed it since, that tick, or the
    next, goes on with its run.
    """
    job_tools = tools.for_jobs

    def look(job: JobRecord) -> Tried[Looked]:
        if tools.clock.now() >= deadline:
            return Tried(left_out=True)
        return tried(partial(watch_job, job, job_tools, control), f"{job.key.run_id} {job.key.short}")

    outcomes = tools.workers.each(look, jobs)
    looks = [looked for looked in (counted(outcome, ticked) for outcome in outcomes) if looked]
    ticked.judged += len(looks)
    ticked.stops += sum(looked.stop_called for looked in looks)
    ticked.closed += sum(looked.job.closed for looked in looks)
    ticked.errors.extend(sentence for looked in looks for sentence in looked.unread)
    left_out = (job.key for job, outcome in zip(jobs, outcomes, strict=True) if outcome.left_out)
    return frozenset((*left_out, *(looked.job.key for looked in looks if not looked.job.closed)))


def _look_at_runs(
    still_open: frozenset[JobKey],
    tools: WatchTools,
    ended_execution: str,
    deadline: datetime,
    ticked: Ticked,
) -> None:
    run_tools = RunTools(tools.store, tools.workflow, tools.journal, tools.clock)
    open_keys: dict[str, set[JobKey]] = {}
    for key in still_open:
        open_keys.setdefault(key.run_id, set()).add(key)

    def look(run: Run) -> Tried[bool]:
        if tools.clock.now() >= deadline:
            return Tried(left_out=True)
        keys = frozenset(open_keys.get(run.run_id, ()))
        hinted = run.execution_arn == ended_execution
        return tried(partial(watch_run, run, keys, run_tools, hinted), run.run_id)

    runs = _in_turn(readable(tools.store.open_runs(), ticked), tools.clock.now())
    outcomes = [counted(outcome, ticked) for outcome in tools.workers.each(look, runs)]
    ticked.completed += sum(bool(completed) for completed in outcomes)


def _in_turn(runs: tuple[Run, ...], now: datetime) -> tuple[Run, ...]:
    """The runs, beginning with another one each minute: none is always among those left out."""
    minute = int(now.timestamp() // 60)
    first = int(len(runs) * (minute * GOLDEN % 1))
    return runs[first:] + runs[:first]
