"""What is wrong with a config and what a run will do, in words."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from finetune_guard.cli.cost_table import cost_lines, cost_table
from finetune_guard.cli.plan_table import plan_table
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import Terminal
from finetune_guard.core.errors import ServiceError
from finetune_guard.core.estimates import JobEstimate
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.advise import AdviceTools, CostAdvice
from finetune_guard.usecases.foresee import Foresight

T = TypeVar("T")


def advice_tools(session: Session, region: str | None = None) -> AdviceTools:
    """What can be asked before a run; what cannot be reached is left out, and the answer says so."""
    return AdviceTools(
        files=session.files(),
        jobs=_reached(session.jobs),
        store=_reached(session.store),
        region=region or _reached(session.region),
        quotas=_reached(session.quotas),
        buckets=_reached(session.buckets),
        roles=_reached(session.roles),
        stack=_reached(session.deployment),
    )


def _reached(make: Callable[[], T]) -> T | None:
    try:
        return make()
    except ServiceError:
        return None


def show_plan(cost: CostAdvice, terminal: Terminal) -> None:
    """The jobs, what was asked and is possible, the costs; a sentence alone where the base is not known."""
    if cost.jobs:
        terminal.show(plan_table(cost, terminal.console.width))
        terminal.say()
    for note in cost.notes:
        terminal.say(f"- {note}")
    if cost.notes:
        terminal.say()
    if cost.jobs:
        terminal.show(cost_table(cost))
        terminal.say()
    for line in cost_lines(cost):
        terminal.say(line)


def problem_lines(problems: tuple[Problem, ...]) -> Iterator[str]:
    """Each problem as a paragraph, errors first: what and where, why, what to do, who says so; then a gap."""
    for problem in problems:
        where = problem.key or "the config"
        given = f": {problem.given}" if problem.given else ""
        yield f"{problem.severity:<7}  {problem.code}  {where}{given}"
        source = f"Source: {problem.source}" if problem.source else ""
        yield from (f"{_BELOW}{line}" for line in (problem.message, problem.suggestion, source) if line)
    if problems:
        yield ""


def told(problems: tuple[Problem, ...]) -> str:
    """How many problems of each severity there are, in words."""
    counts = ((kind, sum(problem.severity == kind for problem in problems)) for kind in _KINDS)
    return ", ".join(f"{count} {_KINDS[kind][count > 1]}" for kind, count in counts if count)


#: What is told of a problem stands below its code.
_BELOW = " " * 9
#: One and more of a severity.
_KINDS = {"error": ("error", "errors"), "warning": ("warning", "warnings"), "info": ("note", "notes")}


def plan_lines(foresight: Foresight) -> Iterator[str]:
    """What a person should know beside cost and time before a cent is spent."""
    yield from _more_jobs(foresight.advice.cost.jobs)
    hours = f"{foresight.max_hours:g} hours"
    yield f"A job that takes longer than {hours} (run.max_hours) is stopped."
    yield f"auto_stop is {foresight.auto_stop}: {_AUTO_STOP[foresight.auto_stop]}"


def _more_jobs(jobs: tuple[JobEstimate, ...]) -> Iterator[str]:
    """What else may be paid for, where not all goes well."""
    rehearsals = sum(job.stage is Stage.REHEARSAL for job in jobs)
    if rehearsals > 1:
        yield "One more rate is rehearsed where the best is at an edge and clearly better, for as much."
    elif rehearsals:
        yield "A rehearsal that runs too hot is tried once more at a third of the rate, for as much again."
    if any(job.segment for job in jobs):
        yield "A segment that breaks early is done once more at a third of the rate, for as much again."


_AUTO_STOP = {
    "off": "the watch warns and stops nothing.",
    "shadow": "the watch warns, and says what it would have stopped.",
    "on": "the watch stops a job whose loss fails beyond recovery; a stopped job keeps no model.",
}
