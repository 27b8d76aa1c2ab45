"""What a run costs and takes in all, as people read it before it starts: a table and a few sentences."""

from collections.abc import Iterator
from decimal import Decimal

from rich.table import Table

from finetune_guard.cli import phrases
from finetune_guard.core.cost import HOW_TO_GIVE, CostRange, total
from finetune_guard.core.duration import Duration, HoursRange, StageDuration
from finetune_guard.core.hyperparameters.base_model import plain_number
from finetune_guard.core.plans import STAGE_WORDS, Stage
from finetune_guard.usecases.advise import CostAdvice


def cost_table(cost: CostAdvice) -> Table:
    """Stages, model and stack, each with the least, the likely and the most that it costs."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("US dollars", overflow="fold")
    for heading in ("low", "about", "high"):
        table.add_column(heading, justify="right", no_wrap=True)
    stages = [_stage(cost, stage) for stage in Stage if any(job.stage is stage for job in cost.jobs)]
    for name, usd in stages:
        table.add_row(name, *_cells(usd))
    if len(stages) > 1:
        table.add_row("in all", *_cells(cost.total_usd), style="bold")
    _keeping(table, cost)
    _stack(table, cost)
    return table


def _stage(cost: CostAdvice, stage: Stage) -> tuple[str, CostRange | None]:
    jobs = [job for job in cost.jobs if job.stage is stage]
    words, usd = STAGE_WORDS[stage], total(job.cost_usd for job in jobs)
    if stage is Stage.FULL:
        cut = f", {len(jobs)} segment{'s' if len(jobs) > 1 else ''}" if jobs[0].segment else ""
        return f"{words}{cut}", usd
    return (f"{len(jobs)} {words}s" if len(jobs) > 1 else words), usd


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
        return f"Time: not known: {duration.basis}{_usual(duration)}."
    trains = [_trains(stage) for stage in duration.stages if stage.training]
    waits = [stage.waiting for stage in duration.stages if stage.waiting]
    before = f"before each, checks and queue take {_span(waits[0])}" if waits else "the queue is not known"
    in_all = f"{_span(duration.total)} in all: " if duration.total and len(duration.each) > 1 else ""
    return f"Time: {in_all}{', '.join(trains)}; {before} ({duration.basis})."


def _usual(duration: Duration) -> str:
    """What the usual hours come to where the run has several jobs."""
    if duration.total is None or len(duration.each) < 2:
        return ""
    sweeps = [stage.at_once for stage in duration.stages if stage.at_once > 1]
    together = f", {sweeps[0]} rehearsals at the same time" if sweeps else ""
    return f"; that makes {_span(duration.total)} for {len(duration.each)} jobs{together}"


def _trains(stage: StageDuration) -> str:
    if stage.training is None:
        return ""
    words, takes = STAGE_WORDS[stage.stage], _span(stage.training)
    if stage.at_once > 1:
        return f"each of {stage.jobs} {words}s trains {takes}, {stage.at_once} at the same time"
    cut = f", in {stage.jobs} segments" if stage.jobs > 1 else ""
    return f"the {words} trains {takes}{cut}"


#: Units of time, the smallest first, and how many make an hour.
_UNITS = (("seconds", 3600), ("minutes", 60), ("hours", 1))


def _span(hours: HoursRange) -> str:
    """A range as a person says it: seconds up to two minutes, minutes up to two hours, then hours."""
    unit, times = next(unit for unit in _UNITS if hours.high * unit[1] <= 120 or unit[1] == 1)
    low, high = hours.low * times, hours.high * times
    ends = (f"{low:.2g}", f"{high:.2g}") if high < 10 else (f"{low:.0f}", f"{high:.0f}")
    return f"{ends[0]} to {ends[1]} {unit}"
