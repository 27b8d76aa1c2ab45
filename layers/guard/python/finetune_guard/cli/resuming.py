"""What `resume` does: says whether it can be and what comes next, asks, starts the machine, follows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from finetune_guard.cli import phrases
from finetune_guard.cli.ending import come_back, followed_end
from finetune_guard.cli.session import Session, console_url
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.core.billing import cost_result, spent_words
from finetune_guard.core.job_words import job_words
from finetune_guard.core.next_action import Ask, Create, Finish
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.follow import Followed
from finetune_guard.usecases.start_again import AgainTools, Prospect, prospect, start_again


@dataclass(frozen=True, slots=True)
class Resuming:
    """What a person asked for."""

    run_id: str
    yes: bool
    log_dir: Path


class NotResumed(TypedDict):
    """The object of `resume --json` where the run cannot be taken up; otherwise it is the run's result."""

    schema_version: int
    run_id: str
    ok: bool
    problems: list[Problem]


def resume_here(what: Resuming, session: Session, terminal: Terminal) -> int:
    """Takes up the run and follows it; returns the exit code: 3 when that cannot be or a person says no.

    Raises:
        NotFoundError: No such run.
        ServiceError: A service did not do what it was asked; a run that was taken up goes on.
    """
    tools = AgainTools(session.store(), session.workflow(), session.clock())
    found = prospect(what.run_id, tools)
    if found.problem:
        return _refused(what.run_id, found.problem, terminal)
    for line in _coming(found):
        terminal.say(line)
    if not terminal.agreed("Resume it?", what.yes):
        terminal.say("Nothing was started.")
        return EXIT.no
    started = start_again(found.run, session.machine(found.run.mode), tools)
    terminal.say(f"Resumed run {started.run_id}")
    terminal.say(console_url(started.execution_arn))
    terminal.say(come_back(started.run_id))
    return followed_end(Followed(started.run_id, started.execution_arn), session, terminal, what.log_dir)


def _refused(run_id: str, problem: Problem, terminal: Terminal) -> int:
    terminal.say(f"{problem.message} {problem.suggestion}")
    terminal.emit(NotResumed(schema_version=1, run_id=run_id, ok=False, problems=[problem]))
    return EXIT.no


def _coming(found: Prospect) -> Iterator[str]:
    run = found.run
    how = "was aborted" if run.aborted else f"ended as {run.status}"
    yield f"Run {run.run_id} ({run.mode}) {how}; spent so far: {spent_words(cost_result(run))}."
    for job in run.open_jobs:
        yield f"Watched on: {job_words(run, job)}, {phrases.phase(job)}."
    match found.action:
        case Create(jobs):
            for job in jobs:
                yield f"Created next: {job_words(run, job)}, about {phrases.usd(job.orders.estimated_usd)}."
        case Ask(asked):
            yield f"It asks next: {asked.decision.reason}"
        case Finish(decision):
            yield f"Nothing more has to run: {decision.kind}. {decision.reason}"
