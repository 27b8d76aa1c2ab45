"""What is wrong with the money of a run, before a cent of it is spent."""

from collections.abc import Iterator
from decimal import Decimal

from finetune_guard.core.config_text import OURS
from finetune_guard.core.cost import HOW_TO_GIVE, PRICE_KEY, CostRange, price_words, total
from finetune_guard.core.estimates import Estimate
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.plans import STAGE_WORDS, Stage
from finetune_guard.core.runs import Problem
from finetune_guard.core.spending import dollars

#: Times the listed price, or a part of it, from which one's own is taken for a slip of the unit; a judgement.
FAR_OFF = 10


def judge_money(base: BaseModel, estimate: Estimate, budget: Decimal | None) -> tuple[Problem, ...]:
    """Every problem of price and budget.

    A budget needs a price, and is refused when even the lowest estimate of all jobs is above it.
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
    what, costs = _told(tuple(_parts(estimate))), "costs" if len(estimate.jobs) == 1 else "cost"
    message = f"{what} {costs} {dollars(cost.low)} at least, up to {dollars(cost.high)}."
    source = f"price: {price_words(estimate.price)}"
    yield Problem("CO002", "error", "budget_usd", f"{budget}", message, _way_out(cost, estimate), source)


def _parts(estimate: Estimate) -> Iterator[str]:
    """What the run has, in the order in which it comes."""
    for stage in Stage:
        jobs = estimate.of(stage)
        if len(jobs) == 1 and not jobs[0].segment:
            yield f"the {STAGE_WORDS[stage]}"
        elif jobs:
            yield f"{len(jobs)} {'segments' if stage is Stage.FULL else f'{STAGE_WORDS[stage]}s'}"


def _told(parts: tuple[str, ...]) -> str:
    """A sentence's beginning."""
    told = " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    return f"{told[:1].upper()}{told[1:]}"


def _way_out(cost: CostRange, estimate: Estimate) -> str:
    advice = f"Set budget_usd to {cost.low} at least ({cost.high} is enough), or train fewer tokens"
    rehearsals = estimate.of(Stage.REHEARSAL)
    alone = total(job.cost_usd for job in rehearsals)
    if len(estimate.stages) == 1 or alone is None:
        return f"{advice}."
    what = "the rehearsal" if len(rehearsals) == 1 else f"the {len(rehearsals)} rehearsals"
    costs = "costs" if len(rehearsals) == 1 else "cost"
    return f"{advice}; {what} alone (MiniRun, mini-run) {costs} about {dollars(alone.middle)}."


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
