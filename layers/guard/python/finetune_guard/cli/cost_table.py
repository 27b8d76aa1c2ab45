"""What a run costs and takes, as people read it before it starts: a small table and a few sentences."""

from collections.abc import Iterator
from decimal import Decimal

from rich.table import Table

from finetune_guard.cli import phrases
from finetune_guard.core.cost import HOW_TO_GIVE, CostRange
from finetune_guard.core.duration import Duration, HoursRange, StageDuration
from finetune_guard.core.estimating import StageEstimate
from finetune_guard.core.hyperparameters.base_model import plain_number
from finetune_guard.core.plans import Stage
from finetune_guard.usecases.advise import CostAdvice

_NAMES = {Stage.REHEARSAL: "rehearsal", Stage.FULL: "full run"}


def cost_table(cost: CostAdvice) -> Table:
    """Stages, model and stack, each with the least, the likely and the most that it costs."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("US dollars", overflow="fold")
    for heading in ("low", "about", "high"):
        table.add_column(heading, justify="right", no_wrap=True)
    for stage in cost.stages:
        table.add_row(_what(stage), *_cells(stage.cost_usd))
    if len(cost.stages) > 1:
        table.add_row("in all", *_cells(cost.total_usd), style="bold")
    _keeping(table, cost)
    _stack(table, cost)
    return table


def _what(stage: StageEstimate) -> str:
    records = f"{stage.records:,} records" if stage.records is not None else "all records"
    passes = "once" if stage.epochs == 1 else f"{stage.epochs} times"
    steps = f", about {stage.steps:,} steps" if stage.steps else ""
    return f"{_NAMES[stage.stage]}: {records} {passes}{steps}"


def _cells(cost: CostRange | None) -> tuple[str, str, str]:
    if cost is None:
        return ("", "not known", "")
    return (phrases.usd(cost.low), phrases.usd(cost.middle), phrases.usd(cost.high))


def _keeping(table: Table, cost: CostAdvice) -> None:
    if not cost.models_kept:
        return
    month = cost.storage_usd_per_month
    about = "not known" if month is None else phrases.usd(month * cost.models_kept)
    table.add_row("keeping the model, a month", "", about, "")


def _stack(table: Table, cost: CostAdvice) -> None:
    stack = cost.stack
    if stack is None:
        return
    low, high = phrases.usd(stack.idle_low_usd_per_month), phrases.usd(stack.idle_high_usd_per_month)
    table.add_row("the stack itself, for this run", "", phrases.usd(stack.run_usd), "")
    table.add_row("the stack itself, idle, a month", low, "", high)


def cost_lines(cost: CostAdvice) -> Iterator[str]:
    """The sum with whose price it is, and the time, in sentences."""
    yield _sum(cost.total_usd.middle, cost) if cost.total_usd else _unknown(cost)
    if cost.duration:
        yield _time(cost.duration)


def _sum(usd: Decimal, cost: CostAdvice) -> str:
    price = f"${plain_number(cost.price_per_1k_tokens_usd)} per 1,000 tokens, {cost.price_source}"
    return f"Cost: about {phrases.usd(usd)} in all, before taxes (price: {price})."


def _unknown(cost: CostAdvice) -> str:
    if cost.tokens_low is None:
        return "Cost: not known, since the data was not read."
    if not cost.tokens_low:
        return "Cost: not known, since none of the records could be read."
    if cost.price_per_1k_tokens_usd is None:
        tokens = f"about {cost.tokens_low:,} to {cost.tokens_high:,} tokens a pass"
        return f"Cost: not known, since no price is known; {tokens}. {HOW_TO_GIVE}"
    return "Cost: not known, since the data was not read to its end."


def _time(duration: Duration) -> str:
    if not duration.jobs:
        return f"Time: not known: {duration.basis}."
    trains = [_trains(stage) for stage in duration.stages if stage.training]
    waits = [stage.waiting for stage in duration.stages if stage.waiting]
    before = f"before it, checks and queue take {_span(waits[0])}" if waits else "the queue is not known"
    return f"Time: {', '.join(trains)}; {before} ({duration.basis})."


def _trains(stage: StageDuration) -> str:
    return f"the {_NAMES[stage.stage]} trains {_span(stage.training)}" if stage.training else ""


#: Units of time, the smallest first, and how many make an hour.
_UNITS = (("seconds", 3600), ("minutes", 60), ("hours", 1))


def _span(hours: HoursRange) -> str:
    """A range as a person says it: seconds up to two minutes, minutes up to two hours, then hours."""
    unit, times = next(unit for unit in _UNITS if hours.high * unit[1] <= 120 or unit[1] == 1)
    low, high = hours.low * times, hours.high * times
    ends = (f"{low:.2g}", f"{high:.2g}") if high < 10 else (f"{low:.0f}", f"{high:.0f}")
    return f"{ends[0]} to {ends[1]} {unit}"
