"""How runs and jobs are put into words at a terminal: short, the same in every command."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from finetune_guard.core.asking import open_question
from finetune_guard.core.findings import Finding
from finetune_guard.core.jobs import HeldStop, JobRecord, JobStatus, PhaseStatus
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import at_most_spent, spent_on
from finetune_guard.core.wire import number

_STATUSES = {
    JobStatus.INTENDED: "being created",
    JobStatus.STOPPING: "stopping",
    JobStatus.STOPPED: "stopped",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.REFUSED: "refused by Bedrock",
    JobStatus.LOST: "lost",
}


def waiting(run: Run) -> str:
    """What a run that asks waits for; "" where it does not ask."""
    question = open_question(run)
    if question is None:
        return ""
    until = f"{question.until:%m-%d %H:%M} UTC"
    return f"waits for your answer until {until}, then {question.default}"


def phase(job: JobRecord) -> str:
    """Where the job is: the service's phase while it runs, otherwise how it ended."""
    if job.status is not JobStatus.IN_PROGRESS:
        return _STATUSES[job.status]
    phases = job.phases
    if phases.training and phases.training.status is not PhaseStatus.NOT_STARTED:
        return "training" if phases.training.status is PhaseStatus.IN_PROGRESS else "finishing"
    if phases.data_processing and phases.data_processing.status is not PhaseStatus.NOT_STARTED:
        return "processing data"
    return "validating data" if phases.validation else "in progress"


def held(stop: HeldStop) -> str:
    """What the breaker held back, and why."""
    jobs = "1 job" if stop.stops == 1 else f"{stop.stops} jobs"
    return f"{jobs} had been stopped for their curves in the hour before. {stop.sentence}"


def steps(job: JobRecord) -> str:
    """How far the curve is, such as "step 120 of about 900"; "" before there is one."""
    if job.seen.last_step is None:
        return ""
    planned = f" of about {job.orders.planned_steps}" if job.orders.planned_steps else ""
    return f"step {job.seen.last_step}{planned}"


def loss(value: float | None) -> str:
    """A loss in four digits; non-finite ones by name, "?" where there is none."""
    if value is None:
        return "?"
    shown = number(value)
    return shown if isinstance(shown, str) else f"{shown:.4g}"


def verdict(job: JobRecord) -> str:
    """What the curve is, with what that rests on, such as "healthy (curve at completion)"."""
    return f"{job.verdict or 'not judged yet'} ({job.evidence})"


def finding_line(finding: Finding) -> str:
    """One finding: severity, signal, where, what was seen."""
    return (
        f"{finding.severity.upper()} {finding.signal.replace('_', ' ')}{where(finding)}: {finding.sentence}"
    )


def where(finding: Finding) -> str:
    """The finding's steps, such as " at step 60 to 72"; "" where it has none."""
    if finding.first_step is None:
        return ""
    to = "" if finding.last_step in (None, finding.first_step) else f" to {finding.last_step}"
    return f" at step {finding.first_step}{to}"


def elapsed(start: datetime, end: datetime) -> str:
    """The time between, as 0:04:09 or 1 d 2:03:04."""
    seconds = max(0, round((end - start) / timedelta(seconds=1)))
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


def roughly(start: datetime, end: datetime) -> str:
    """The time between in at most six characters, such as 9m, 2h10m or 3d4h."""
    minutes = max(0, (end - start) // timedelta(minutes=1))
    hours, days = minutes // 60, minutes // 1440
    if days:
        return f"{days}d{hours % 24}h"
    return f"{hours}h{minutes % 60:02}m" if hours else f"{minutes}m"


def usd(amount: Decimal | None) -> str:
    """An amount of money: cents, or four digits below ten cents; "no price known" for None."""
    if amount is None:
        return "no price known"
    return f"${amount:,.4f}" if 0 < abs(amount) < Decimal("0.1") else f"${amount:,.2f}"


def cost_so_far(run: Run) -> str:
    """What the jobs that are over have cost, and what a running one may come to."""
    planned = run.plan.estimated_usd if run.plan else None
    of_plan = f"; whole plan about {usd(planned)}" if planned is not None else ""
    if not run.jobs:
        return f"nothing spent yet{of_plan}"
    over = [spent_on(job) for job in run.jobs if job.terminal]
    under_way = [spent_on(job) for job in run.jobs if not job.terminal]
    known = [part.usd for part in (*over, *under_way) if part.usd is not None]
    if len(known) < len(run.jobs):
        tokens = sum(part.tokens for part in (*over, *under_way))
        return f"no price known; about {tokens:,} tokens"
    spent = sum((part.usd or Decimal(0) for part in over), Decimal(0))
    coming = sum((part.usd or Decimal(0) for part in under_way), Decimal(0))
    running = f" + up to {usd(coming)} for what is running" if under_way else ""
    return f"{_spent(run, spent, any(part.upper_bound for part in over))}{running}{of_plan}"


def _spent(run: Run, spent: Decimal, bound: bool) -> str:
    """The estimate of the jobs that are over, and the most that they may have cost where that is more."""
    if bound:
        return f"at most {usd(spent)}"
    most = at_most_spent(replace(run, jobs=tuple(job for job in run.jobs if job.terminal)))
    return f"about {usd(spent)}" + (f" (at most {usd(most)})" if most is not None and most > spent else "")


def moment(at: datetime | None) -> str:
    """A time as people read it, UTC; "" for None."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
