"""The list of runs, for people and for machines."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from finetune_guard.cli import phrases
from finetune_guard.cli.printable import shortened
from finetune_guard.core.asking import open_question
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.runs import Run

_STYLES = {
    RunStatus.RUNNING: "bold cyan",
    RunStatus.COMPLETED: "green",
    RunStatus.REFUSED: "yellow",
    RunStatus.STOPPED: "yellow",
    RunStatus.FAILED: "bold red",
}


class RunLine(TypedDict):
    """One JSON line of `runs --json`."""

    schema_version: int
    run_id: str
    job_name: str
    mode: str
    status: str
    decision: str
    policy: str
    started_at: str
    ended_at: str | None
    report_uri: str
    execution_arn: str
    asks: str | None
    answer_until: str | None


def run_line(run: Run) -> RunLine:
    """What a machine reads of one run."""
    last = run.decisions[-1].decision if run.decisions else None
    question = open_question(run)
    return RunLine(
        schema_version=1,
        run_id=run.run_id,
        job_name=run.job_name,
        mode=run.mode.value,
        status=run.status.value,
        decision=last.kind.value if last else "",
        policy=last.policy if last else "",
        started_at=run.started_at.isoformat(),
        ended_at=run.ended_at.isoformat() if run.ended_at else None,
        report_uri=run.report_uri,
        execution_arn=run.execution_arn,
        asks=question.sentence if question else None,
        answer_until=question.until.isoformat() if question else None,
    )


def run_table(runs: Sequence[Run], now: datetime) -> RenderableType:
    """What a person reads; a run's id is never cut, since it is what the other commands take."""
    if not runs:
        return Text("No runs yet. Start one: finetune-guard run --config config.json")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("run", "status", "started (UTC)", "took"):
        table.add_column(name, no_wrap=True)
    table.add_column("last decision, mode", ratio=1)
    for run in runs:
        table.add_row(*_cells(run, now))
    return table


def _cells(run: Run, now: datetime) -> tuple[Text, ...]:
    last = run.decisions[-1].decision.kind.value if run.decisions else "none yet"
    waiting = phrases.waiting(run)
    return (
        Text(shortened(run.run_id, 80)),
        Text(run.status.value, style=_STYLES[run.status]),
        Text(f"{run.started_at:%m-%d %H:%M}"),
        Text(phrases.roughly(run.started_at, run.ended_at or now)),
        Text.assemble((waiting, "bold yellow") if waiting else last, ", ", (run.mode.value, "dim")),
    )
