"""Whether a run can still pay for a job: the budget acts before each job, never within one."""

from decimal import Decimal

from finetune_guard.core.cost import HOW_TO_GIVE
from finetune_guard.core.decisions import Decision, DecisionKind
from finetune_guard.core.plans import Plan, StagePlan
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import at_most_spent


def over_budget(run: Run, plan: Plan, stage: StagePlan, before: int = 0) -> Decision | None:
    """Why a job of `stage` is not affordable; None where it is, or there is no budget.

    What was spent counts at its upper bound: a stopped job in full.

    Args:
        run: With all its jobs.
        plan: Its plan.
        stage: What the job would train on.
        before: Jobs of the same stage that would be created together with it, and before it.
    """
    if plan.budget_usd is None:
        return None
    spent = at_most_spent(run)
    if spent is None or stage.estimated_usd is None:
        unknown = f"budget_usd is {plan.budget_usd}, but no price is known for {plan.base_model_id}."
        return Decision(DecisionKind.REFUSE, "budget.no_price", f"{unknown} {HOW_TO_GIVE}")
    together = stage.estimated_usd * (before + 1)
    if spent + together <= plan.budget_usd:
        return None
    reason = (
        f"{_first(stage.named)} would cost about ${stage.estimated_usd}, with up to "
        f"${spent + _of(stage, before)} spent already; budget_usd is {plan.budget_usd}."
    )
    return Decision(DecisionKind.REFUSE, "budget.reached", reason)


def leaves_too_little(run: Run, plan: Plan, stage: StagePlan) -> bool:
    """Whether one job more than was planned of `stage` would leave the rest of the plan unpaid."""
    spent, extra = at_most_spent(run), stage.estimated_usd
    if plan.budget_usd is None or spent is None or extra is None:
        return False
    to_come = sum((job.estimated_usd or Decimal(0) for job in plan.jobs if job != stage), Decimal(0))
    return spent + extra + to_come > plan.budget_usd


def _first(words: str) -> str:
    return words[0].upper() + words[1:]


def _of(stage: StagePlan, jobs: int) -> Decimal:
    return (stage.estimated_usd or Decimal(0)) * jobs
