"""What jobs cost and what was saved. Bedrock bills the tokens trained, not the time.

A stopped job is billed for the tokens used until the stop, which nobody shows; where rows were seen, their
share of the plan is the estimate; otherwise the whole job counts, as an upper bound. A job that failed before
training costs nothing (docs/bedrock.md, 7).
"""

from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.jobs import JobRecord, JobStatus, PhaseStatus
from finetune_guard.core.runs import Run

CENT = Decimal("0.0001")

NOTHING_TRAINED = frozenset({JobStatus.INTENDED, JobStatus.REFUSED})
ENDED_EARLY = frozenset({JobStatus.STOPPED, JobStatus.STOPPING, JobStatus.FAILED, JobStatus.LOST})


@dataclass(frozen=True, slots=True)
class Spent:
    """What one job, or a whole run, has used.

    Attributes:
        usd: US dollars, estimated from tokens and price; None where no price is known.
        tokens: Tokens trained, estimated.
        upper_bound: Whether the true figure may be lower.
    """

    usd: Decimal | None
    tokens: int
    upper_bound: bool = False


def share_trained(job: JobRecord) -> tuple[float, bool]:
    """The share of the job's plan that was trained, 0 to 1, and whether it is only an upper bound."""
    if job.status in NOTHING_TRAINED or not _training_began(job):
        return 0.0, False
    if job.status not in ENDED_EARLY:
        return 1.0, False
    if job.seen.rows and job.seen.last_step and job.orders.planned_steps:
        return min(1.0, job.seen.last_step / job.orders.planned_steps), False
    return 1.0, True


def _training_began(job: JobRecord) -> bool:
    training = job.phases.training
    return training is None or training.status is not PhaseStatus.NOT_STARTED or job.seen.rows > 0


def spent_on(job: JobRecord) -> Spent:
    """What one job has used so far, or will have when it is still running."""
    share, bound = share_trained(job)
    usd = job.orders.estimated_usd
    cost = None if usd is None else (usd * Decimal(str(share))).quantize(CENT)
    return Spent(cost, round(job.orders.tokens * share), bound)


def spent_by(run: Run) -> Spent:
    """What all jobs of a run have used."""
    parts = [spent_on(job) for job in run.jobs]
    known = [part.usd for part in parts if part.usd is not None]
    usd = sum(known, Decimal(0)) if len(known) == len(parts) and parts else None
    if not parts and run.plan and run.plan.price:
        usd = Decimal(0)
    return Spent(usd, sum(part.tokens for part in parts), any(part.upper_bound for part in parts))


def at_most_spent(run: Run) -> Decimal | None:
    """What all jobs may have cost: one that ended early counts in full; None where no price is known.

    The service bills the tokens used until a stop and shows them nowhere, so this is what a budget counts.
    """
    costs = [_at_most(job) for job in run.jobs]
    known = [usd for usd in costs if usd is not None]
    if len(known) < len(costs) or (run.plan is not None and run.plan.price is None):
        return None
    return sum(known, Decimal(0))


def _at_most(job: JobRecord) -> Decimal | None:
    usd = job.orders.estimated_usd
    began = share_trained(job)[0] > 0 or (job.status in ENDED_EARLY and _training_began(job))
    return usd if usd is None or began else Decimal(0)


def dollars(usd: Decimal) -> str:
    """For a person: cents, or ten-thousandths where cents would say nothing."""
    return f"${usd:,.2f}" if usd == 0 or usd >= Decimal("0.1") else f"${usd:.4f}"


def saved_by(run: Run) -> Decimal | None:
    """What the whole plan would have cost, less what was spent; 0 at least; None where no price is known."""
    planned = run.plan.estimated_usd if run.plan else None
    spent = spent_by(run).usd
    return None if planned is None or spent is None else max(Decimal(0), (planned - spent).quantize(CENT))
