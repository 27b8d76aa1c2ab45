"""Replayed curves as a table for people."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from finetune_guard.cli.printable import shortened
from finetune_guard.cli.replayed_run import ReplayedJob
from finetune_guard.core.comparing import Change, Comparison
from finetune_guard.core.replaying import Replayed
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.replay_run import RejudgedJob

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
            _verdict(verdict.kind),
            Text(verdict.evidence.value),
            Text(str(verdict.rows)),
            Text(_stop(one)),
            Text(_first(one)),
        )
    return table


def job_table(jobs: Sequence[ReplayedJob]) -> RenderableType:
    """One row a job of a run: its verdict as recorded and as replayed, and whether the judgements agree."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("job", no_wrap=True)
    for heading in ("recorded", "replayed"):
        table.add_column(heading, no_wrap=True, min_width=len(VerdictKind.INCONCLUSIVE))
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("differs", min_width=len("differs"))
    for one in jobs:
        rejudged = one.rejudged
        table.add_row(
            Text(one.id),
            _verdict(rejudged.job.verdict),
            _verdict(rejudged.again.verdict if rejudged.again else None),
            Text(str(rejudged.job.seen.rows)),
            Text(_agreement(rejudged), "bold" if rejudged.differs else ""),
        )
    return table


def _agreement(one: RejudgedJob) -> str:
    if one.same is None:
        return "gone" if one.gathered.gone else "nothing to judge"
    return ", ".join(difference.replace("_", " ") for difference in one.differs) or "same"


def comparison_table(comparisons: Sequence[Comparison]) -> RenderableType:
    """One row a curve: verdict and stop by default and as set, and how the two differ."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("curve", overflow="fold")
    for heading in ("verdict by default", "as set"):
        table.add_column(heading, min_width=len(VerdictKind.INCONCLUSIVE))
    for heading in ("stop by default", "as set"):
        table.add_column(heading, justify="right", min_width=len("default"))
    table.add_column("differs")
    for one in comparisons:
        table.add_row(
            Text(shortened(one.changed.id, 40)),
            *(_verdict(replayed.verdict.kind) for replayed in (one.default, one.changed)),
            *(Text(_stop(replayed)) for replayed in (one.default, one.changed)),
            Text(_difference(one), "bold"),
        )
    return table


_DIFFERENCES = {
    None: "",
    Change.STOP_FEWER: "not stopped",
    Change.STOP_MORE: "stopped",
    Change.EARLIER: "earlier",
    Change.LATER: "later",
    Change.VERDICT: "verdict",
    Change.FINDINGS: "findings",
}


def _difference(one: Comparison) -> str:
    said = _DIFFERENCES[one.change]
    if one.default.stop_step is None or one.changed.stop_step is None or not said:
        return said
    moved = abs(one.changed.stop_step - one.default.stop_step)
    return f"{moved} steps {said}" if moved else said


def sentences(replays: Sequence[Replayed]) -> list[str]:
    """What was seen, and what to do, a line for each finding; the verdict's reason where there is none."""
    lines = []
    for one in replays:
        name = shortened(one.id, 40)
        lines += [f"{name}: {finding.sentence} {finding.advice}" for finding in one.findings]
        if not one.findings:
            lines.append(f"{name}: {one.verdict.reason}")
    return lines


def _verdict(kind: VerdictKind | None) -> Text:
    return Text(kind.value, _STYLES[kind]) if kind else Text("–")


def _stop(one: Replayed) -> str:
    return "–" if one.stop_step is None else str(one.stop_step)


def _first(one: Replayed) -> str:
    if not one.findings:
        return ""
    first = one.findings[0]
    return f"{first.signal.value} at {first.detected_step}"
