"""What policy makes of a closed job: one decision, with the line that chose it."""

from decimal import Decimal

from finetune_guard.core.decisions import Decision, DecisionKind, OnInconclusive, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.onset import EARLY, onset
from finetune_guard.core.plans import LearningRate, Plan, Stage
from finetune_guard.core.verdict import VerdictKind

#: A rehearsal that ran too hot is tried once more at this share of its rate (docs/adr/0014).
LOWER = Decimal(3)
#: Decisions after which a run goes on.
CARRY_ON = frozenset({DecisionKind.PROCEED, DecisionKind.PROCEED_WITH_WARNING})


def lowered(rate: LearningRate) -> LearningRate | None:
    """A third of the rate, in three significant digits; None where the family does not accept it."""
    value = Decimal(f"{rate.value / LOWER:.3g}")
    return rate.at(value) if value >= rate.minimum else None


def decide(plan: Plan, job: JobRecord) -> Decision:
    """What follows from a closed job of the rehearsal, or of a full run that is one job."""
    if job.status is JobStatus.COMPLETED:
        return _of_rehearsal(plan, job) if job.key.stage is Stage.REHEARSAL else _of_full_run(job)
    return of_unfinished(plan, job)


def status_of(job: JobRecord, decision: Decision) -> RunStatus:
    """How a run ends that ends with this decision about this job."""
    if decision.kind in (DecisionKind.STOP, DecisionKind.ENDED_BY_A_PERSON):
        return RunStatus.STOPPED
    return RunStatus.FAILED if job.status in (JobStatus.FAILED, JobStatus.LOST) else RunStatus.REFUSED


def ended_by_a_person(job: JobRecord) -> bool:
    """Whether a person, or the end of the execution, stopped the job."""
    if job.status is not JobStatus.STOPPED:
        return False
    return job.stop is None or job.stop.reason in (StopReason.PERSON, StopReason.ABORTED)


def _decision(kind: DecisionKind, job: JobRecord, line: str, reason: str) -> Decision:
    stage = "segment" if job.key.segment else job.key.stage
    return Decision(kind, f"{stage}.{line}", reason)


def of_unfinished(plan: Plan, job: JobRecord) -> Decision:
    """What follows from a closed job of any stage that was not completed."""
    what = job.key.named
    if job.status is JobStatus.STOPPED:
        return _of_stopped(plan, job, what)
    if job.status is JobStatus.REFUSED:
        reason = f"Bedrock refused to create {what}: {job.failure or 'no reason given'}"
        return _decision(DecisionKind.REFUSE, job, "create_refused", reason)
    if job.status is JobStatus.LOST:
        reason = f"Bedrock no longer knows the job of {what}; its model and its curve cannot be had."
        return _decision(DecisionKind.REFUSE, job, "job_lost", reason)
    reason = f"The job of {what} failed inside Bedrock; the service's message is in the report."
    return _decision(DecisionKind.REFUSE, job, "job_failed", reason)


def _of_stopped(plan: Plan, job: JobRecord, what: str) -> Decision:
    stop = job.stop
    if stop is None or ended_by_a_person(job):
        reason = f"A person ended {what}; a stopped job keeps no model."
        return _decision(DecisionKind.ENDED_BY_A_PERSON, job, "ended_by_a_person", reason)
    if stop.reason is StopReason.MAX_HOURS:
        return _decision(DecisionKind.STOP, job, "max_hours", stop.sentence)
    if job.key.stage is Stage.REHEARSAL:
        return _of_hot_rehearsal(plan, job, stop.sentence)
    return _decision(DecisionKind.STOP, job, "stopped", stop.sentence)


def _of_rehearsal(plan: Plan, job: JobRecord) -> Decision:
    if job.too_hot or job.verdict is VerdictKind.DIVERGED:
        return _of_hot_rehearsal(plan, job, job.verdict_reason)
    if job.verdict is VerdictKind.HEALTHY:
        return _decision(DecisionKind.PROCEED, job, "healthy", job.verdict_reason)
    if job.verdict is VerdictKind.SUSPICIOUS:
        return _decision(DecisionKind.PROCEED_WITH_WARNING, job, "suspicious", job.verdict_reason)
    return _of_unclear_rehearsal(plan, job)


def _of_unclear_rehearsal(plan: Plan, job: JobRecord) -> Decision:
    """Without an order, a short curve proceeds with a warning and no curve refuses."""
    wanted = plan.on_inconclusive or (OnInconclusive.PROCEED if job.seen.rows else OnInconclusive.REFUSE)
    given = "as ordered" if plan.on_inconclusive else "by default"
    reason = (
        f"{job.verdict_reason} The rehearsal is inconclusive; rehearsal.on_inconclusive is {wanted} {given}."
    )
    if wanted is OnInconclusive.ASK:
        return _decision(DecisionKind.ASK, job, "inconclusive.ask", reason)
    if wanted is OnInconclusive.PROCEED:
        return _decision(DecisionKind.PROCEED_WITH_WARNING, job, "inconclusive.proceed", reason)
    return _decision(DecisionKind.REFUSE, job, "inconclusive.refuse", reason)


def _of_hot_rehearsal(plan: Plan, job: JobRecord, seen: str) -> Decision:
    rate = plan.learning_rate
    if job.key.candidate > 0:
        again = "A third of the rate was tried and ran too hot as well: no full run is paid for."
        reason = " ".join(part for part in (seen, again, _of_the_data(job)) if part)
        return _decision(DecisionKind.REFUSE, job, "too_hot.again", reason)
    lower = lowered(rate) if rate else None
    if rate is None or lower is None:
        why = f"{rate.key} may not be below {rate.minimum}" if rate else "this base has no rate to lower"
        reason = f"{seen} A third of the rate is no way out: {why}."
        return _decision(DecisionKind.REFUSE, job, "too_hot.no_lower_rate", reason)
    reason = (
        f"{seen} One more rehearsal is tried at a third: {rate.key} {lower.value} in place of {rate.value}."
    )
    return _decision(DecisionKind.RETRY_LOWER, job, "too_hot.retry", reason)


def _of_the_data(job: JobRecord) -> str:
    """Where to look, when the rate had held for a while before it broke; "" otherwise."""
    began = onset(job)
    if began is None or began <= EARLY:
        return ""
    return (
        f"It began {began:.0%} into the data, which keep the order of the file: look at the records from "
        "there on before you look at the rate."
    )


def _of_full_run(job: JobRecord) -> Decision:
    if job.verdict is VerdictKind.HEALTHY:
        return _decision(DecisionKind.PROCEED, job, "healthy", job.verdict_reason)
    if job.verdict is VerdictKind.DIVERGED:
        reason = f"{job.verdict_reason} The job completed, but its model should not be used."
        return _decision(DecisionKind.REFUSE, job, "diverged", reason)
    reason = f"{job.verdict_reason} The model exists; look at it before you rely on it."
    return _decision(DecisionKind.PROCEED_WITH_WARNING, job, f"{job.verdict or 'unjudged'}", reason)
