"""Replayed curves as a table for people."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from finetune_guard.cli.printable import shortened
from finetune_guard.core.replaying import Replayed
from finetune_guard.core.verdict import VerdictKind

_STYLES = {
    VerdictKind.HEALTHY: "green",
    VerdictKind.SUSPICIOUS: "yellow",
    VerdictKind.DIVERGED: "bold red",
    VerdictKind.INCONCLUSIVE: "dim",
}


def replay_table(replays: Sequence[Replayed]) -> RenderableType:
    """One row a curve.

    What it is, what it rests on, where it would have been stopped, what was seen first.
    """
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("curve", overflow="fold")
    table.add_column("verdict", no_wrap=True, min_width=len(VerdictKind.INCONCLUSIVE))
    table.add_column("evidence")
    for heading in ("rows", "stop at"):
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    table.add_column("first finding", min_width=len("first finding"))
    for one in replays:
        verdict = one.verdict
        table.add_row(
            Text(shortened(one.id, 40)),
            Text(verdict.kind.value, _STYLES[verdict.kind]),
            Text(verdict.evidence.value),
            Text(str(verdict.rows)),
            Text("–" if one.stop_step is None else str(one.stop_step)),
            Text(_first(one)),
        )
    return table


def sentences(replays: Sequence[Replayed]) -> list[str]:
    """What was seen, and what to do, a line for each finding; the verdict's reason where there is none."""
    lines = []
    for one in replays:
        name = shortened(one.id, 40)
        lines += [f"{name}: {finding.sentence} {finding.advice}" for finding in one.findings]
        if not one.findings:
            lines.append(f"{name}: {one.verdict.reason}")
    return lines


def _first(one: Replayed) -> str:
    if not one.findings:
        return ""
    first = one.findings[0]
    return f"{first.signal.value} at {first.detected_step}"
