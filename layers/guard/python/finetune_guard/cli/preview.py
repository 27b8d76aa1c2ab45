"""What is wrong with a config and what a run will do, in words."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from finetune_guard.cli.cost_table import cost_lines, cost_table
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import Terminal
from finetune_guard.core.errors import ServiceError
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
        region=region or session.region(),
    )


def _reached(make: Callable[[], T]) -> T | None:
    try:
        return make()
    except ServiceError:
        return None


def show_cost(cost: CostAdvice, terminal: Terminal) -> None:
    """The table of costs and the sentences below it; the sentences alone where the base is not known."""
    if cost.stages:
        terminal.show(cost_table(cost))
    for line in cost_lines(cost):
        terminal.say(line)


def problem_lines(problems: tuple[Problem, ...]) -> Iterator[str]:
    """Each problem on a line or two, errors first."""
    for problem in problems:
        where = f" {problem.key}" if problem.key else ""
        given = f" = {problem.given}" if problem.given and problem.key else ""
        yield f"{problem.severity:<7} {problem.code}{where}{given}: {problem.message}"
        if problem.suggestion:
            yield f"        {problem.suggestion}"


def plan_lines(foresight: Foresight) -> Iterator[str]:
    """What a person should know beside cost and time before a cent is spent."""
    if len(foresight.advice.cost.stages) > 1:
        yield "A rehearsal that runs too hot is tried once more at a third of the rate, for as much again."
    hours = f"{foresight.max_hours:g} hours"
    yield f"A job that takes longer than {hours} (run.max_hours) is stopped."
    yield f"auto_stop is {foresight.auto_stop}: {_AUTO_STOP[foresight.auto_stop]}"


_AUTO_STOP = {
    "off": "the watch warns and stops nothing.",
    "shadow": "the watch warns, and says what it would have stopped.",
    "on": "the watch stops a job whose loss fails beyond recovery; a stopped job keeps no model.",
}
