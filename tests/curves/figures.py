"""The figures that are published of a set of judged curves, and the file that holds them."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.curves.kinds import Sort
from tests.curves.scoring import How, Row, weighted

FILE = Path(__file__).parent / "figures.json"
DECIMALS = 4
#: Failures that show in the shape of the curve, which few rows make hard.
SHAPES = frozenset({"fast", "slow", "freeze"})


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and the rate with each repository weighing one (None for none)."""

    count: int
    of: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a judge made of one set of curves.

    Attributes:
        curves: Curves scored.
        caught: Failures stopped at or after their onset.
        false_stops: Curves stopped that should not have been, or before there was anything to stop for.
        saved: Mean share of the rest of a failed run that the stop saved, 0 for a miss; the figure of
            merit.
        delay_median: Onset to stop as a share of the run, over the caught.
        delay_p90: As above, 90th percentile.
        false_warnings: Warnings of harmless curves.
        warned: By fault to be warned of: warned of by the right name at or after the onset.
    """

    curves: int
    caught: Share
    false_stops: Share
    saved: float | None
    delay_median: float | None
    delay_p90: float | None
    false_warnings: Share
    warned: dict[str, Share]


@dataclass(frozen=True, slots=True)
class KindFigures:
    """One kind of fault or trap.

    Attributes:
        sort: What was asked.
        curves: How many.
        stopped: Of them stopped, right or wrong.
        caught: Stopped at or after the onset.
        warned: Warned of by any name at any time.
        named: Warned of by the right name at or after the onset.
        saved: Mean share of the rest that was saved; None where no stop was asked for.
        delay: Median delay of the caught as a share of the run; None where none was caught.
    """

    sort: Sort
    curves: int
    stopped: int
    caught: int
    warned: int
    named: int
    saved: float | None
    delay: float | None


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer that is left."""

    label: str
    how: How


@dataclass(frozen=True, slots=True)
class Figures:
    """One set of curves in every detail.

    Attributes:
        totals: Over all.
        by_length: By rows of the run: fast, slow and freeze caught; the rate is raw.
        by_kind: Each kind for itself.
        wrong: By id: every wrong answer that is left, but for faults not warned of.
    """

    totals: Totals
    by_length: dict[str, Share]
    by_kind: dict[str, KindFigures]
    wrong: dict[str, Wrong]


@dataclass(frozen=True, slots=True)
class DialPoint:
    """What one setting of the strictness makes of the real curves and of an injected set."""

    real: Totals
    injected: Totals


@dataclass(frozen=True, slots=True)
class Published:
    """All that is published: sets by their name, settings of the dial by their strictness.

    Attributes:
        code: The digest of the code that it was measured on (judging_code.py).
    """

    code: str
    sets: dict[str, Figures]
    dial: dict[str, DialPoint]


def figures_of(rows: Sequence[Row]) -> Figures:
    """Every figure of a set."""
    kinds = list(dict.fromkeys(row.kind for row in rows))
    wrongs = {row.case.run.id: Wrong(row.case.label.label, how) for row in rows if (how := row.how())}
    return Figures(
        totals=totals_of(rows),
        by_length=_by_length(rows),
        by_kind={kind: _kind([row for row in rows if row.kind == kind]) for kind in sorted(kinds)},
        wrong={id: wrongs[id] for id in sorted(wrongs) if wrongs[id].how != "not warned"},
    )


def totals_of(rows: Sequence[Row]) -> Totals:
    """The figures over all curves of a set."""
    failures = [row for row in rows if row.is_failure]
    harmless = [row for row in rows if row.case.sort == "harmless"]
    stoppable = [row for row in rows if row.could_be_stopped_wrongly]
    delays = sorted(row.delay for row in rows if row.delay is not None)
    to_warn_of = sorted({row.kind for row in rows if row.case.sort == "warning"})
    return Totals(
        curves=len(rows),
        caught=_share((row, row.caught) for row in failures),
        false_stops=_share((row, row.wrongly_stopped) for row in stoppable),
        saved=_rounded(weighted((row.group, row.saved) for row in failures)),
        delay_median=_rounded(statistics.median(delays)) if delays else None,
        delay_p90=_rounded(delays[int(0.9 * (len(delays) - 1))]) if delays else None,
        false_warnings=_share((row, row.warned) for row in harmless),
        warned={kind: _share((row, row.named) for row in rows if row.kind == kind) for kind in to_warn_of},
    )


def read_published() -> Published:
    """What the file says."""
    return msgspec.json.decode(FILE.read_bytes(), type=Published)


def written(published: Published) -> bytes:
    """The file's bytes; the same figures give the same."""
    return msgspec.json.format(msgspec.json.encode(published), indent=1) + b"\n"


def _share(outcomes: Iterable[tuple[Row, bool]]) -> Share:
    pairs = [(row.group, outcome) for row, outcome in outcomes]
    return Share(sum(outcome for _, outcome in pairs), len(pairs), _rounded(weighted(pairs)))


def _by_length(rows: Sequence[Row]) -> dict[str, Share]:
    shown = [row for row in rows if row.is_failure and row.kind in SHAPES]
    lengths = sorted({len(row.case.run) for row in shown})
    return {str(rows): _raw([row.caught for row in shown if len(row.case.run) == rows]) for rows in lengths}


def _raw(outcomes: Sequence[bool]) -> Share:
    return Share(sum(outcomes), len(outcomes), _rounded(sum(outcomes) / len(outcomes)))


def _kind(rows: Sequence[Row]) -> KindFigures:
    delays = [row.delay for row in rows if row.delay is not None]
    failures = [row.saved for row in rows if row.is_failure]
    return KindFigures(
        sort=rows[0].case.sort,
        curves=len(rows),
        stopped=sum(row.stopped for row in rows),
        caught=sum(row.caught for row in rows),
        warned=sum(row.warned for row in rows),
        named=sum(row.named for row in rows),
        saved=_rounded(statistics.mean(failures)) if failures else None,
        delay=_rounded(statistics.median(delays)) if delays else None,
    )


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, DECIMALS)
