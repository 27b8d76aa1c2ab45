"""What a page knows; page.js and chart.js read these names."""

import math
from dataclasses import dataclass, field

from finetune_guard.core.agreement import Delay, Disagreement
from finetune_guard.core.comparing import Change
from finetune_guard.core.findings import Finding
from finetune_guard.core.labels import Label
from finetune_guard.core.metrics.series import MetricSeries
from finetune_guard.core.metrics.thinning import kept_rows
from finetune_guard.core.replaying import DefaultLine
from finetune_guard.core.verdict import VerdictKind

#: A chart is about 500 points wide; twice that on a fine screen would be seen, more would not.
STRETCHES = 600


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series as it is drawn: thinned, its losses of five digits, None for what is not finite."""

    step: list[int]
    loss: list[float | None]


@dataclass(frozen=True, slots=True)
class Border:
    """Where a part of a curve begins."""

    step: int
    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another training curve in the same chart."""

    name: str
    training: Drawn


@dataclass(frozen=True, slots=True)
class PageCurve:
    """A curve with what is told of it.

    Attributes:
        name: What the legend calls its training losses; "" for the usual.
        borders: Where its parts begin, but for the first.
        others: What is drawn over it.
    """

    id: str
    rows: int
    verdict: VerdictKind
    reason: str
    stop_step: int | None
    findings: tuple[Finding, ...]
    training: Drawn
    validation: Drawn
    default: DefaultLine | None = None
    change: Change | None = None
    label: Label | None = None
    disagreement: Disagreement | None = None
    delay: Delay | None = None
    name: str = ""
    borders: list[Border] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """What the page knows.

    Attributes:
        about: What was judged, how, and what came out, for a person.
        labelled: Whether any curve has a label.
        compared: Whether thresholds were set, so that the default stands beside.
        several: Whether there are curves to choose among.
        bordered: Whether any curve has borders.
        curves: In the order in which they were given.
    """

    about: str
    labelled: bool
    compared: bool
    several: bool
    bordered: bool
    curves: list[PageCurve]


def drawn(series: MetricSeries) -> Drawn:
    """The series, thinned to what can be seen."""
    rows = kept_rows(series, STRETCHES)
    return Drawn(series.step[rows].tolist(), [_shown(loss) for loss in series.loss[rows].tolist()])


def _shown(loss: float) -> float | None:
    return float(f"{loss:.5g}") if math.isfinite(loss) else None
