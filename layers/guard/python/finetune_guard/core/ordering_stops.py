"""When a job is to be stopped, and what is written of it: decided, called, confirmed by Get. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.observations import Control

#: A Stop without effect is called again after this.
STOP_AGAIN = timedelta(minutes=2)


def stop_considered(job: JobRecord, now: datetime, control: Control) -> JobRecord:
    """The record with a stop order, or with the stop that an armed policy would have made.

    A stop needs a running job, and for a finding rows that were seen to grow: a whole bad curve that shows up
    in the last moments of a job is no reason to destroy its model. max_hours is the user's own order and wins
    over auto_stop; the kill switch wins over everything.
    """
    if job.status is not JobStatus.IN_PROGRESS or job.stop is not None or control.kill_switch:
        return job
    if overtime(job, now):
        return replace(job, stop=StopOrder(StopReason.MAX_HOURS, overtime_sentence(job), now))
    reasons = [finding for finding in job.findings if finding.may_stop and job.seen.live]
    if not reasons or job.orders.auto_stop is AutoStop.OFF:
        return job
    if job.orders.auto_stop is AutoStop.SHADOW:
        return replace(job, shadow_stop=job.shadow_stop or reasons[0].sentence)
    return replace(job, stop=StopOrder(StopReason.FINDING, reasons[0].sentence, now))


def overtime(job: JobRecord, now: datetime) -> bool:
    """Whether the job has run longer than its max_hours, by the service's creation time."""
    started = job.created_at or job.intended_at
    return now >= started + timedelta(hours=job.orders.max_hours)


def overtime_sentence(job: JobRecord) -> str:
    """Why a job is stopped that ran longer than its max_hours."""
    return f"The job ran longer than run.max_hours, {job.orders.max_hours:g} hours."


def stop_due(job: JobRecord, now: datetime, control: Control) -> bool:
    """Whether Stop is to be called now: ordered, not yet heeded, and not called a moment ago."""
    stop = job.stop
    if stop is None or stop.confirmed_at or job.status is not JobStatus.IN_PROGRESS or control.kill_switch:
        return False
    return stop.called_at is None or now >= stop.called_at + STOP_AGAIN


def withheld(job: JobRecord, now: datetime) -> StopOrder | None:
    """The stop that would be made now if the kill switch were off; None where none is due."""
    stop = stop_considered(job, now, Control()).stop
    due = stop is not None and stop.confirmed_at is None and job.status is JobStatus.IN_PROGRESS
    return stop if due else None


def stop_called(job: JobRecord, now: datetime) -> JobRecord:
    """The record after a call of Stop."""
    return job if job.stop is None else replace(job, stop=replace(job.stop, called_at=now))
