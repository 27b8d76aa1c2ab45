"""The plan of a run before anything is asked: a line a job, and below it what was asked and is possible."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.table import Table

from finetune_guard.cli import phrases
from finetune_guard.core.duration import HoursRange, JobDuration
from finetune_guard.core.estimates import BASE, JobEstimate
from finetune_guard.core.hyperparameters.base_model import plain_number
from finetune_guard.usecases.advise import CostAdvice

#: Columns from which there is room for the share beside the rate.
WIDE = 100
#: Characters of a rate in a narrow table; a longer one is written with an exponent.
LONGEST_RATE = 9


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: a job, or the jobs of a sweep.

    Attributes:
        jobs: With how long each takes.
        segments: Segments of the full run; 0 where it is one job.
        swept: Whether a sweep chooses the rate of the later jobs.
        wide: Whether there is room.
    """

    jobs: tuple[tuple[JobEstimate, JobDuration], ...]
    segments: int
    swept: bool
    wide: bool

    @property
    def job(self) -> JobEstimate:
        """The first of its jobs; the others differ in their rate only."""
        return self.jobs[0][0]

    @property
    def many(self) -> int:
        """How many jobs it has."""
        return len(self.jobs)


def plan_table(cost: CostAdvice, width: int) -> Table:
    """The jobs of a run, in their order.

    Args:
        cost: What is foretold; one that has jobs.
        width: Columns of the terminal; 80 at least are needed.
    """
    wide = width >= WIDE
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2 if wide else 1, 0, 0))
    for heading, right in _headings(cost, wide):
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for line in _lines(cost, wide):
        table.add_row(*(cell(line) for cell in _CELLS))
    if len(cost.jobs) > 1:
        table.add_row(*_whole(cost), style="bold")
    return table


def _headings(cost: CostAdvice, wide: bool) -> Iterator[tuple[str, bool]]:
    rate = (cost.rate_key or "rate") if wide else "rate"
    yield from (("job", False), ("starts from" if wide else "from", False), ("records", True))
    yield from (("epochs", True), ("steps", True), (rate, True), ("tokens", True), ("about", True))
    yield ("waits and trains" if wide else "takes", True)


def _lines(cost: CostAdvice, wide: bool) -> Iterator[_Line]:
    each = cost.duration.each if cost.duration else ()
    segments = max((job.segment for job in cost.jobs), default=0)
    swept = len({job.candidate for job in cost.jobs}) > 1
    pairs = zip(cost.jobs, each, strict=True)
    for _, jobs in groupby(pairs, lambda pair: pair[0].part):
        yield _Line(tuple(jobs), segments, swept, wide)


def _name(line: _Line) -> str:
    job = line.job
    if job.segment:
        return f"{job.words}{' of ' if line.wide else '/'}{line.segments}"
    return f"{job.words} × {line.many}" if line.many > 1 else job.words


def _start(line: _Line) -> str:
    job = line.job
    if job.starts_from == BASE:
        return "base model" if line.wide else "base"
    return job.starts_from.replace("-", " ")


def _records(line: _Line) -> str:
    return "all" if line.job.records is None else f"{line.job.records:,}"


def _epochs(line: _Line) -> str:
    return str(line.job.epochs)


def _steps(line: _Line) -> str:
    return f"{line.job.steps:,}" if line.job.steps else "?"


def _rate(line: _Line) -> str:
    """What is sent; at a share of the peak where a segment takes less, of the best where a sweep chooses."""
    job = line.job
    if line.many > 1:
        return f"{line.many} rates"
    share = "" if job.rate_share == 1 else f"{job.rate_share:.0%}"
    if line.swept:
        return f"{share} of it" if share else "the best"
    if job.rate is None:
        return "its own"
    rate = plain_number(job.rate)
    if not line.wide:
        return rate if len(rate) <= LONGEST_RATE else f"{job.rate:.2e}"
    return f"{rate} ({share} of the peak)" if share else rate


def _tokens(line: _Line) -> str:
    tokens = line.job.tokens
    return _short(tokens.middle * line.many) if tokens else "?"


def _short(count: int) -> str:
    """A large number in three digits, such as 1.23M."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if count >= size:
            number = count / size
            return f"{number:.0f}{unit}" if number >= 100 else f"{number:.3g}{unit}"
    return str(count)


def _usd(line: _Line) -> str:
    cost = line.job.cost_usd
    return phrases.usd(cost.middle * line.many) if cost else "?"


def _time(line: _Line) -> str:
    whole = line.jobs[0][1].whole
    if whole is None:
        return "?"
    return f"{_hours(whole)} each" if line.many > 1 and line.wide else _hours(whole)


def _hours(hours: HoursRange) -> str:
    """Minutes up to two hours, then hours."""
    minutes = hours.high <= 2
    low, high = (hours.low * 60, hours.high * 60) if minutes else (hours.low, hours.high)
    return f"{_ends(low, high)} {'min' if minutes else 'h'}"


def _ends(low: float, high: float) -> str:
    ends = [f"{end:.0f}" if high >= 10 else f"{end:.2g}" for end in (low, high)]
    return "–".join(dict.fromkeys(ends))


_CELLS: Sequence[Callable[[_Line], str]] = (
    _name,
    _start,
    _records,
    _epochs,
    _steps,
    _rate,
    _tokens,
    _usd,
    _time,
)


def _whole(cost: CostAdvice) -> tuple[str, ...]:
    tokens = [job.tokens.middle for job in cost.jobs if job.tokens]
    steps = [job.steps for job in cost.jobs if job.steps]
    in_steps = f"{sum(steps):,}" if len(steps) == len(cost.jobs) else "?"
    usd = phrases.usd(cost.total_usd.middle) if cost.total_usd else "?"
    in_tokens = _short(sum(tokens)) if len(tokens) == len(cost.jobs) else "?"
    return (f"{len(cost.jobs)} jobs", "", "", "", in_steps, "", in_tokens, usd, _all_hours(cost))


def _all_hours(cost: CostAdvice) -> str:
    """Where this account has seen jobs; hours of others are told in a sentence with whose they are."""
    duration = cost.duration
    return _hours(duration.total) if duration and duration.jobs and duration.total else "?"
