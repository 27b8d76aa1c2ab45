"""What `stop` does: asks, writes the order down, waits for Bedrock's confirmation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

from finetune_guard.cli import phrases
from finetune_guard.cli.changes import ChangeLines
from finetune_guard.cli.display import run_panel
from finetune_guard.cli.ending import come_back
from finetune_guard.cli.following import redrawn
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.core.errors import UnreadableRecordError
from finetune_guard.core.job_words import in_order, job_words
from finetune_guard.core.jobs import StopOrder
from finetune_guard.core.runs import Run
from finetune_guard.core.spending import spent_on
from finetune_guard.usecases.follow import Sight
from finetune_guard.usecases.stop_run import StopTools, await_stops, stop_run, stoppable, unconfirmed


@dataclass(frozen=True, slots=True)
class Stopping:
    """What a person asked for."""

    run_id: str
    wait: bool
    yes: bool
    interval: float


class StoppedJob(TypedDict):
    """One job of `stop --json`."""

    job_name: str
    job_arn: str | None
    status: str
    stop: StopOrder | None


class StopResult(TypedDict):
    """The object of `stop --json`."""

    schema_version: int
    run_id: str
    confirmed: bool
    jobs: list[StoppedJob]


def stop_here(what: Stopping, session: Session, terminal: Terminal) -> int:
    """Stops the run's jobs; returns the exit code: 3 when there is nothing to stop or a person says no.

    Raises:
        NotFoundError: No such run.
    """
    tools = StopTools(session.store(), session.clock(), session.waiter())
    run = tools.store.run(what.run_id)
    if not stoppable(run):
        terminal.say(_nothing_to_stop(run))
        terminal.emit(_result(run))
        return EXIT.no
    for job in stoppable(run):
        spent = phrases.usd(spent_on(job).usd)
        terminal.say(f"{job_words(run, job)}: {phrases.phase(job)}, up to {spent}, {job.request.job_name}")
    if not terminal.agreed("Stop it? It cannot be resumed and keeps no model.", what.yes):
        terminal.say("Nothing was stopped.")
        return EXIT.no
    run = stop_run(what.run_id, tools)
    terminal.say("The stop is ordered. The watch carries it out at its next look, within a minute or two.")
    if control_holds(session):
        terminal.say(
            "The kill switch is on: no job is stopped until it is off (finetune-guard kill-switch off)."
        )
    if what.wait:
        run = _awaited(run, what, tools, terminal)
    terminal.emit(_result(run))
    return EXIT.fine


def control_holds(session: Session) -> bool:
    """Whether the kill switch keeps every stop back; so does one that cannot be read."""
    try:
        return session.store().control().kill_switch
    except UnreadableRecordError:
        return True


def _nothing_to_stop(run: Run) -> str:
    if run.ended:
        return f"Run {run.run_id} is over ({run.status}); none of its jobs runs."
    return (
        f"No job of run {run.run_id} runs at this moment. To keep it from starting one, abort its execution "
        f"in the Step Functions console: {run.execution_arn}"
    )


def _awaited(run: Run, what: Stopping, tools: StopTools, terminal: Terminal) -> Run:
    looks = await_stops(what.run_id, tools, what.interval)
    try:
        run = (_live if terminal.live else _lines)(run, looks, tools, terminal)
    except KeyboardInterrupt:
        terminal.say("Left. The order stands; the watch carries it out.")
        terminal.say(come_back(what.run_id))
        return tools.store.run(what.run_id)
    for job in in_order(run):
        if job.stop and job.stop.confirmed_at:
            terminal.say(f"{job_words(run, job)}: Bedrock confirms: {job.stop.outcome}")
    return run


def _lines(run: Run, looks: Iterator[Run], tools: StopTools, terminal: Terminal) -> Run:
    lines, last = ChangeLines(), run
    for last in looks:
        for line in lines.of_run(Sight(last), tools.clock.now()):
            terminal.say(line)
    return last


def _live(run: Run, looks: Iterator[Run], tools: StopTools, terminal: Terminal) -> Run:
    seen = [run]
    with redrawn(terminal, lambda: run_panel(Sight(seen[-1]), tools.clock.now(), run.started_at)) as refresh:
        for look in looks:
            seen[:] = [look]
            refresh()
    return seen[-1]


def _result(run: Run) -> StopResult:
    jobs = [
        StoppedJob(job_name=j.request.job_name, job_arn=j.arn, status=j.status.value, stop=j.stop)
        for j in run.jobs
        if j.stop
    ]
    confirmed = not unconfirmed(run)
    return StopResult(schema_version=1, run_id=run.run_id, confirmed=confirmed, jobs=jobs)
