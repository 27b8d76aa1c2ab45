"""The page of a replay: every curve drawn, with what was found in it and when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from finetune_guard.cli.page_assembly import assembled, write
from finetune_guard.cli.page_shapes import Page, PageCurve, drawn
from finetune_guard.cli.printable import printable
from finetune_guard.cli.replayed_log import ReplayedLog, comparisons
from finetune_guard.core.agreement import delay_of, disagreement
from finetune_guard.core.comparing import summary
from finetune_guard.core.labels import Label
from finetune_guard.core.replaying import line_of
from finetune_guard.core.verdict import VerdictKind


def write_page(path: Path, replays: Sequence[ReplayedLog], labels: Mapping[str, Label], how: str) -> None:
    """Writes the page, over an older one if there is one.

    Args:
        path: Where to.
        replays: The curves, at least one.
        labels: By the id of their curve; may be empty.
        how: A sentence on how they were judged; may be empty.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    write(path, page_of(replays, labels, how))


def page_of(replays: Sequence[ReplayedLog], labels: Mapping[str, Label], how: str) -> str:
    """The page as text; the arguments are those of write_page."""
    curves = [_curve(one, labels.get(one.replayed.id)) for one in replays]
    title = f"Replay of {len(curves)} loss curve{'' if len(curves) == 1 else 's'}"
    return assembled(
        title,
        Page(
            about=_about(replays, curves, how),
            labelled=any(curve.label for curve in curves),
            compared=any(curve.default for curve in curves),
            several=True,
            bordered=False,
            curves=curves,
        ),
    )


def _about(replays: Sequence[ReplayedLog], curves: Sequence[PageCurve], how: str) -> str:
    counts = Counter(curve.verdict for curve in curves)
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in VerdictKind if counts[kind])
    stopped = sum(curve.stop_step is not None for curve in curves)
    lines = [f"{kinds}; an armed policy would have stopped {stopped}. {how}".rstrip()]
    if labelled := sum(curve.label is not None for curve in curves):
        against = sum(curve.disagreement is not None for curve in curves)
        lines.append(f"With a label: {labelled}; judged against it: {against}.")
    if compared := comparisons(replays):
        lines.append(summary(compared))
    return "\n".join(lines)


def _curve(one: ReplayedLog, label: Label | None) -> PageCurve:
    replayed, training = one.replayed, one.curve.training
    line = line_of(replayed, one.default)
    return PageCurve(
        id=printable(replayed.id),
        rows=len(training),
        verdict=replayed.verdict.kind,
        reason=replayed.verdict.reason,
        stop_step=replayed.stop_step,
        findings=replayed.findings,
        training=drawn(training),
        validation=drawn(one.curve.validation),
        default=line.get("default"),
        change=one.comparison.change if one.comparison else None,
        label=label and replace(label, kind=printable(label.kind), reason=printable(label.reason)),
        disagreement=disagreement(label, replayed, training.step) if label else None,
        delay=delay_of(replayed, training.step, label),
    )
