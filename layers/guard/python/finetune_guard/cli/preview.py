"""What is wrong with a config and what a run will cost, in words."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from finetune_guard.cli import phrases
from finetune_guard.cli.session import Session
from finetune_guard.core.errors import ServiceError
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.advise import AdviceTools, CostAdvice
from finetune_guard.usecases.foresee import Foresight, StageForesight

T = TypeVar("T")

#: What small jobs took in public tests, queue included (docs/bedrock.md, 7).
USUAL = "a small job has usually taken Bedrock 1 to 2 hours, its queue included"


def advice_tools(session: Session, region: str | None = None) -> AdviceTools:
    """What can be asked before a run; what cannot be reached is left out, and the answer says so."""
    return AdviceTools(
        files=session.files(),
        jobs=_reached(session.jobs),
        store=_reached(session.store),
        region=region or _reached(session.region),
        buckets=_reached(session.buckets),
        roles=_reached(session.roles),
        stack=_reached(session.deployment),
    )


def _reached(make: Callable[[], T]) -> T | None:
    try:
        return make()
    except ServiceError:
        return None


def problem_lines(problems: tuple[Problem, ...]) -> Iterator[str]:
    """Each problem on a line or two, errors first."""
    for problem in problems:
        where = f" {problem.key}" if problem.key else ""
        given = f" = {problem.given}" if problem.given and problem.key else ""
        yield f"{problem.severity:<7} {problem.code}{where}{given}: {problem.message}"
        if problem.suggestion:
            yield f"        {problem.suggestion}"


def cost_line(cost: CostAdvice) -> str:
    """What the full run costs, with whose price that is."""
    if cost.estimated_usd is None:
        tokens = (
            f", about {cost.tokens_low:,} to {cost.tokens_high:,} tokens a pass" if cost.tokens_low else ""
        )
        why = "the data was not read" if cost.tokens_low is None else "no price is known"
        return f"The full run's cost is not known: {why}{tokens}."
    span = f"{phrases.usd(cost.low_usd)} to {phrases.usd(cost.high_usd)}"
    return f"The full run costs about {phrases.usd(cost.estimated_usd)} ({span}; price: {cost.price_source})."


def plan_lines(foresight: Foresight) -> Iterator[str]:
    """What will run, for how much and how long; said before a cent is spent."""
    for stage in foresight.stages:
        yield _stage_line(stage)
    cost = foresight.advice.cost
    if foresight.usd is None:
        yield "Cost: not known. Set budget_usd only for a base whose price is known."
    else:
        yield f"Cost: about {phrases.usd(foresight.usd)} in all (price: {cost.price_source})."
    if cost.storage_usd_per_month is not None:
        yield f"Keeping the model costs {phrases.usd(cost.storage_usd_per_month)} a month."
    hours = f"{foresight.max_hours:g} hours"
    yield f"Time: {USUAL}; a job that runs longer than {hours} (run.max_hours) is stopped."
    yield f"auto_stop is {foresight.auto_stop}: {_AUTO_STOP[foresight.auto_stop]}"


_AUTO_STOP = {
    "off": "the watch warns and stops nothing.",
    "shadow": "the watch warns, and says what it would have stopped.",
    "on": "the watch stops a job whose loss fails beyond recovery; a stopped job keeps no model.",
}


def _stage_line(stage: StageForesight) -> str:
    records = f"{stage.records:,} records" if stage.records is not None else "all records"
    passes = "once" if stage.epochs == 1 else f"{stage.epochs} times"
    steps = f", about {stage.steps:,} steps" if stage.steps else ""
    return f"{stage.name}: trains {records} {passes}{steps}, {_about(stage)}"


def _about(stage: StageForesight) -> str:
    return "cost not known" if stage.usd is None else f"about {phrases.usd(stage.usd)}"
