"""What a run cost, what it may have cost at most, and what was not spent."""

from dataclasses import dataclass, replace
from decimal import Decimal

from finetune_guard.core.cost import price_words
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import at_most_spent, dollars, saved_by, spent_by


@dataclass(frozen=True, slots=True)
class CostResult:
    """Money, in US dollars; None where no price is known.

    Attributes:
        estimated_usd: Every planned job.
        spent_usd: The estimate: of a job that ended early, the share of its steps that was seen.
        saved_usd: The plan less what was spent, 0 at least; 0 while the run goes on.
        spent_is_upper_bound: Whether the estimate itself counts a job in full that ended early.
        tokens: Trained, estimated.
        price_source: The price, whose and when.
        spent_at_most_usd: An upper bound: a job that ended early counts in full.
        saved_how: How `saved_usd` was found, a sentence; "" where nothing was saved, or the run goes on.
    """

    estimated_usd: Decimal | None
    spent_usd: Decimal | None
    saved_usd: Decimal | None
    spent_is_upper_bound: bool
    tokens: int
    price_source: str
    spent_at_most_usd: Decimal | None = None
    saved_how: str = ""


def cost_result(run: Run) -> CostResult:
    """What the run has cost so far, or in all when it is over."""
    spent = spent_by(run)
    going_on = None if spent.usd is None else Decimal(0)
    cost = CostResult(
        estimated_usd=run.plan.estimated_usd if run.plan else None,
        spent_usd=spent.usd,
        saved_usd=saved_by(run) if run.ended else going_on,
        spent_is_upper_bound=spent.upper_bound,
        tokens=spent.tokens,
        price_source=price_words(run.plan.price if run.plan else None),
        spent_at_most_usd=None if spent.usd is None else at_most_spent(run),
    )
    return replace(cost, saved_how=_saved_how(cost, len(run.plan.jobs))) if run.plan else cost


def spent_words(cost: CostResult) -> str:
    """What was spent, such as "about $4.20 (at most $9.00)"; the tokens where no price is known."""
    if cost.spent_usd is None:
        return f"about {cost.tokens:,} tokens"
    if cost.spent_is_upper_bound:
        return f"at most {dollars(cost.spent_usd)}"
    most = cost.spent_at_most_usd
    bound = f" (at most {dollars(most)})" if most is not None and most > cost.spent_usd else ""
    return f"about {dollars(cost.spent_usd)}{bound}"


def _saved_how(cost: CostResult, jobs: int) -> str:
    planned, saved, most = cost.estimated_usd, cost.saved_usd, cost.spent_at_most_usd
    if not saved or planned is None:
        return ""
    whole = "Its one planned job" if jobs == 1 else f"The {jobs} planned jobs"
    least = max(Decimal(0), planned - most) if most is not None else saved
    if cost.spent_is_upper_bound:
        not_spent = f"{dollars(saved)} at least was not spent"
    else:
        not_spent = f"about {dollars(saved)} was not spent"
        not_spent += f" ({dollars(least)} at least)" if least < saved else ""
    paid = spent_words(cost) if cost.spent_usd else "nothing"
    return f"{whole} would have cost about {dollars(planned)}; {paid} was paid, so {not_spent}."
