"""The page of a replay: every curve drawn, with what was found in it and when."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from finetune_guard.cli.page_assembly import assembled
from finetune_guard.cli.printable import printable
from finetune_guard.cli.replayed_log import ReplayedLog, comparisons
from finetune_guard.core.agreement import Delay, Disagreement, delay_of, disagreement
from finetune_guard.core.comparing import Change, summary
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.findings import Finding
from finetune_guard.core.labels import Label
from finetune_guard.core.metrics.series import MetricSeries
from finetune_guard.core.metrics.thinning import kept_rows
from finetune_guard.core.replaying import DefaultLine, line_of
from finetune_guard.core.verdict import VerdictKind

#: A chart is about 500 points wide; twice that on a fine screen would be seen, more would not.
STRETCHES = 600


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series as it is drawn: thinned, its losses of five digits, None for what is not finite."""

    step: list[int]
    loss: list[float | None]


@dataclass(frozen=True, slots=True)
class PageCurve:
    """What the page knows of a curve; page.js reads these names."""

    id: str
    rows: int
    verdict: VerdictKind
    reason: str
    stop_step: int | None
    findings: tuple[Finding, ...]
    training: Drawn
    validation: Drawn
    default: DefaultLine | None
    change: Change | None
    label: Label | None
    disagreement: Disagreement | None
    delay: Delay | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the page knows.

    Attributes:
        about: What was judged, how, and what came out, for a person.
        labelled: Whether any curve has a label.
        compared: Whether thresholds were set, so that the default stands beside.
        curves: In the order in which they were given.
    """

    about: str
    labelled: bool
    compared: bool
    curves: list[PageCurve]


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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page_of(replays, labels, how), encoding="utf-8")
    except OSError as exc:
        raise InvalidInputError(f"Cannot write {path}: {exc.strerror or exc}. Give another name.") from exc


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
        training=_drawn(training),
        validation=_drawn(one.curve.validation),
        default=line.get("default"),
        change=one.comparison.change if one.comparison else None,
        label=label and replace(label, kind=printable(label.kind), reason=printable(label.reason)),
        disagreement=disagreement(label, replayed, training.step) if label else None,
        delay=delay_of(replayed, training.step, label),
    )


def _drawn(series: MetricSeries) -> Drawn:
    rows = kept_rows(series, STRETCHES)
    return Drawn(series.step[rows].tolist(), [_shown(loss) for loss in series.loss[rows].tolist()])


def _shown(loss: float) -> float | None:
    return float(f"{loss:.5g}") if math.isfinite(loss) else None
