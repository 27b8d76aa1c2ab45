"""One tick of the watch: look at every open job, then at every waiting run, then send what is to be told.

Two ticks at once are normal: each job is written once a tick, conditional on its version, and the loser
discards what it found. A tick that dies anywhere is made good by the next one, since nothing counts as done
before the record says so. One job that cannot be judged, and one record that cannot be read, keep no other
from being judged.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from finetune_guard.core.errors import StaleRecordError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.names import JobKey
from finetune_guard.core.observations import Control
from finetune_guard.core.stored import Listed
from finetune_guard.ports import Alerts, Clock, Journal, MetricSource, RunStore, TrainingJobs, Workflow
from finetune_guard.usecases.judge import Judge
from finetune_guard.usecases.watch_job import JobTools, watch_job
from finetune_guard.usecases.watch_run import RunTools, watch_run

#: A sender that has claimed an alert has this long to publish it.
CLAIM = timedelta(minutes=2)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WatchTools:
    """What a tick needs of the world.

    Attributes:
        stops_per_hour: Most jobs that are stopped for what their curves show within an hour, in the whole
            stack (core/breaker.py).
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
        )


@dataclass(slots=True)
class Ticked:
    """What one tick did.

    Attributes:
        open_jobs: Jobs that were open when it began.
        judged: Jobs looked at.
        discarded: Jobs and runs that another tick wrote first.
        closed: Jobs that it closed.
        stops: Calls of Stop.
        completed: Waits that it ended.
        sent: Alerts published.
        pending: Alerts that could not be published.
        overdue_seconds: Age of the oldest judgement among the open jobs when it began.
        errors: One sentence for each job, run or alert that failed, and for each record that cannot be read;
            never with a record's text.
    """

    open_jobs: int = 0
    judged: int = 0
    discarded: int = 0
    closed: int = 0
    stops: int = 0
    completed: int = 0
    sent: int = 0
    pending: int = 0
    overdue_seconds: float = 0.0
    errors: list[str] = field(default_factory=list)


def tick(tools: WatchTools, deadline: datetime, ended_execution: str = "") -> Ticked:
    """Looks at everything that is open.

    Args:
        tools: What it needs of the world.
        deadline: No further job is looked at after this; the next tick begins with those left out.
        ended_execution: ARN of an execution that is said to have ended; only a hint, looked up again.
    """
    ticked = Ticked()
    control = _control(tools.store, ticked)
    before = _readable(tools.store.open_jobs(), ticked)
    ticked.open_jobs = len(before)
    ticked.overdue_seconds = _age(before, tools.clock.now())
    still_open = _look_at_jobs(before, tools, control, deadline, ticked)
    _look_at_runs(still_open, tools, ended_execution, ticked)
    send_alerts(tools, ticked)
    return ticked


def _control(store: RunStore, ticked: Ticked) -> Control:
    """What a person has ordered; where that cannot be read nothing is stopped, since a stop is for ever."""
    try:
        return store.control()
    except UnreadableRecordError as exc:
        ticked.errors.append(f"{exc} Until then no job is stopped.")
        return Control(kill_switch=True)


def _readable(listed: Listed[T], ticked: Ticked) -> Listed[T]:
    """What was listed, after the records that cannot be read are told."""
    ticked.errors.extend(record.sentence for record in listed.unreadable)
    return listed


def _age(jobs: Iterable[JobRecord], now: datetime) -> float:
    return max(((now - (job.ticked_at or job.intended_at)).total_seconds() for job in jobs), default=0.0)


def _look_at_jobs(
    jobs: tuple[JobRecord, ...], tools: WatchTools, control: Control, deadline: datetime, ticked: Ticked
) -> frozenset[JobKey]:
    """Looks at each job until the deadline; the keys of those that are surely open afterwards."""
    job_tools = tools.for_jobs
    still_open = set()
    for job in jobs:
        if tools.clock.now() >= deadline:
            break
        look = partial(watch_job, job, job_tools, control)
        looked = _guarded(look, f"{job.key.run_id} {job.key.short}", ticked)
        if looked is None:
            continue
        ticked.judged += 1
        ticked.stops += looked.stop_called
        ticked.closed += looked.job.closed
        ticked.errors.extend(looked.unread)
        if not looked.job.closed:
            still_open.add(job.key)
    return frozenset(still_open)


def _look_at_runs(
    still_open: frozenset[JobKey], tools: WatchTools, ended_execution: str, ticked: Ticked
) -> None:
    run_tools = RunTools(tools.store, tools.workflow, tools.clock)
    for run in _readable(tools.store.open_runs(), ticked):
        keys = frozenset(key for key in still_open if key.run_id == run.run_id)
        hinted = run.execution_arn == ended_execution
        look = partial(watch_run, run, keys, run_tools, hinted)
        ticked.completed += bool(_guarded(look, run.run_id, ticked))


def send_alerts(tools: WatchTools, ticked: Ticked) -> None:
    """Publishes what is pending: claimed first, marked last, so sent at least once and rarely twice."""
    for alert in _readable(tools.store.pending_alerts(), ticked):
        now = tools.clock.now()
        if not tools.store.claim_alert(alert, now, now + CLAIM):
            continue
        message_id = _guarded(partial(tools.alerts.publish, alert), f"alert {alert.alert_id}", ticked)
        if message_id is None:
            ticked.pending += 1
            continue
        tools.store.mark_sent(alert, message_id, tools.clock.now())
        ticked.sent += 1


def _guarded(look: Callable[[], T], what: str, ticked: Ticked) -> T | None:
    """The look's result; None when it lost a race or failed, which is counted and keeps nobody waiting."""
    try:
        return look()
    except StaleRecordError:
        ticked.discarded += 1
    except Exception as exc:  # one poisonous job must not keep the others from being judged
        ticked.errors.append(f"{what}: {type(exc).__name__}: {str(exc)[:300]}")
    return None
