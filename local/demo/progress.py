"""What is shown while the stories run: a live table on a terminal, plain lines anywhere else."""

from collections.abc import Iterable, Sequence
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from finetune_guard.cli.sparkline import sparkline
from finetune_guard.core.jobs import JobRecord, JobStatus, Phases, PhaseStatus
from local.demo.following import Seen

_CURVE = 24


class Progress(Protocol):
    """Shows how the stories stand."""

    def __enter__(self) -> Self:
        """Begins."""

    def __exit__(self, *exc: object) -> None:
        """Ends; what was shown last stays."""

    def show(self, stories: Sequence[Seen]) -> None:
        """Shows them as they stand now."""


class LiveTable:
    """One table that is drawn anew at each look."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._live.stop()

    def show(self, stories: Sequence[Seen]) -> None:
        """Draws the table."""
        table = Table("story", "seconds", "where", "curve", "mails", expand=True)
        for seen in stories:
            table.add_row(
                seen.story.name, f"{seen.seconds:.0f}", whereabouts(seen), _curve(seen), str(len(seen.mails))
            )
        self._live.update(table, refresh=True)


class PlainLines:
    """A line whenever a story has moved on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def show(self, stories: Sequence[Seen]) -> None:
        """Writes what has changed."""
        for seen in stories:
            where = whereabouts(seen)
            if self._shown.get(seen.story.name) != where:
                self._shown[seen.story.name] = where
                self._console.print(
                    f"{seen.seconds:4.0f} s  {seen.story.name}: {where}", markup=False, highlight=False
                )


def progress_on(console: Console) -> Progress:
    """The live table where somebody watches, lines where not."""
    return LiveTable(console) if console.is_terminal else PlainLines(console)


def whereabouts(seen: Seen) -> str:
    """Where a story is, in a few words."""
    run = seen.run
    if run is None:
        return "checking and planning" if seen.execution.status == "RUNNING" else seen.execution.status
    if run.ended:
        mails = "" if seen.settled else ", mails on their way"
        return f"{run.status}: {run.decisions[-1].decision.kind if run.decisions else 'no decision'}{mails}"
    return of_job(run.jobs[-1]) if run.jobs else "planned"


def of_job(job: JobRecord) -> str:
    """Where a job is: its stage, status, phase, steps and last loss."""
    parts = [f"{job.key.stage} {job.key.candidate}", _status(job)]
    if job.seen.rows and job.seen.last_loss is not None:
        planned = f" of about {job.orders.planned_steps}" if job.orders.planned_steps else ""
        parts.append(f"step {job.seen.last_step}{planned}, loss {job.seen.last_loss:.3g}")
    if job.closed and job.verdict:
        parts.append(str(job.verdict))
    return " · ".join(parts)


def _status(job: JobRecord) -> str:
    return f"{job.status}, {_phase(job.phases)}" if job.status is JobStatus.IN_PROGRESS else str(job.status)


def _phase(phases: Phases) -> str:
    named = (
        ("training", phases.training),
        ("processing data", phases.data_processing),
        ("validating", phases.validation),
    )
    begun: Iterable[str] = (
        name for name, phase in named if phase and phase.status is not PhaseStatus.NOT_STARTED
    )
    return next(iter(begun), "queued")


def _curve(seen: Seen) -> str:
    jobs = seen.run.jobs if seen.run else ()
    return sparkline(jobs[-1].seen.tail, _CURVE) if jobs else ""
