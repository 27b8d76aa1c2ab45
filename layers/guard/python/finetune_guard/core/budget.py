"""What is wrong with the money of a run, before a cent of it is spent."""

from collections.abc import Iterator
from decimal import Decimal

from finetune_guard.core.config_text import OURS
from finetune_guard.core.cost import HOW_TO_GIVE, PRICE_KEY, CostRange, price_words
from finetune_guard.core.estimating import Estimate
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Problem
from finetune_guard.core.spending import dollars

#: Times the listed price, or a part of it, from which one's own is taken for a slip of the unit; a judgement.
FAR_OFF = 10

_NAMES = {Stage.REHEARSAL: "rehearsal", Stage.FULL: "full run"}


def judge_money(base: BaseModel, estimate: Estimate, budget: Decimal | None) -> tuple[Problem, ...]:
    """Every problem of price and budget.

    A budget needs a price, and is refused when even the lowest estimate of all stages is above it.
    """
    if estimate.price is None:
        return (_unknown(base, budget),)
    return (*_over_budget(estimate, budget), *_far_off(base, estimate))


def _unknown(base: BaseModel, budget: Decimal | None) -> Problem:
    if budget is None:
        message = f"No price is known for {base.model_id}; what it costs cannot be said."
        return Problem("CO003", "info", PRICE_KEY, "nothing", message, HOW_TO_GIVE, OURS)
    message = f"A budget is set, but no price is known for {base.model_id}."
    advice = f"{HOW_TO_GIVE} Or leave budget_usd out."
    return Problem("CO001", "error", "budget_usd", f"{budget}", message, advice, OURS)


def _over_budget(estimate: Estimate, budget: Decimal | None) -> Iterator[Problem]:
    cost = estimate.cost_usd
    if budget is None or cost is None or cost.low <= budget:
        return
    stages = " and ".join(f"the {_NAMES[stage.stage]}" for stage in estimate.stages)
    costs = "costs" if len(estimate.stages) == 1 else "cost"
    message = f"{stages.capitalize()} {costs} {dollars(cost.low)} at least, up to {dollars(cost.high)}."
    source = f"price: {price_words(estimate.price)}"
    yield Problem("CO002", "error", "budget_usd", f"{budget}", message, _way_out(cost, estimate), source)


def _way_out(cost: CostRange, estimate: Estimate) -> str:
    advice = f"Set budget_usd to {cost.low} at least ({cost.high} is enough), or train fewer tokens"
    rehearsal = estimate.of(Stage.REHEARSAL)
    if len(estimate.stages) == 1 or rehearsal is None or rehearsal.cost_usd is None:
        return f"{advice}."
    alone = f"the rehearsal alone (MiniRun, mini-run) costs about {dollars(rehearsal.cost_usd.middle)}"
    return f"{advice}; {alone}."


def _far_off(base: BaseModel, estimate: Estimate) -> Iterator[Problem]:
    """A price for a million tokens is easily given as one for a thousand."""
    listed, price = base.price, estimate.price
    if listed is None or price is None or price is listed:
        return
    times = price.usd_per_1k_tokens / listed.usd_per_1k_tokens
    if 1 / Decimal(FAR_OFF) < times < FAR_OFF:
        return
    message = f"The price is for 1,000 tokens; the catalogue has {price_words(listed)}."
    given = f"{price.usd_per_1k_tokens:f}"
    yield Problem("CO004", "warning", PRICE_KEY, given, message, "Check the unit, or leave it out.", OURS)
