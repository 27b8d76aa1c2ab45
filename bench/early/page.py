"""The generated part of docs/early.md: between its two marks, made from the figures alone."""

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.early.figures import Published, Row
from bench.early.goals import GOALS, Goal
from tests.generated_part import with_part

PAGE: Final = Path("docs/early.md")
BEGIN: Final = "<!-- Written by `python -m bench.early --write`, down to its end mark. -->"
END: Final = "<!-- End of what bench.early writes. -->"
HEADS: Final = (
    "case",
    "tokens",
    "decided after",
    "loss kept",
    "one-shot's loss",
    "kept above the best reachable",
    "one-shot above it",
    "decision",
)
#: Kinds that the names of their cases do not tell.
TITLES: Final = {"healthy": "healthy: ", "overfitting": "small data: "}


def with_generated(page: str, published: Published) -> str:
    """The page with the part between the marks written anew.

    Raises:
        ValueError: The page has not exactly one pair of marks.
    """
    lines = (*table_lines(published), "", *goal_lines(published))
    return with_part(page, (BEGIN, END), lines, PAGE)


def table_lines(published: Published) -> Iterator[str]:
    """A row for each case: mean over the seeds, lowest and highest."""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---" * len(HEADS) + "|"
    for name in dict.fromkeys(row.name for row in published.rows):
        rows = [row for row in published.rows if row.name == name]
        yield f"| {' | '.join((TITLES.get(rows[0].kind, '') + name, *_cells(rows)))} |"


def _cells(rows: Sequence[Row]) -> Iterator[str]:
    yield _spread([row.tokens for row in rows], _percent)
    yield _spread([row.decided for row in rows], _percent)
    yield _spread([row.loss for row in rows], _nats)
    yield _spread([row.one_shot for row in rows], _nats)
    yield _spread([row.above_reachable for row in rows], _signed)
    yield _spread([row.one_shot / row.reachable - 1 for row in rows], _signed)
    yield _decisions(rows)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"


def _signed(share: float) -> str:
    return f"{share:+.1%}"


def _nats(loss: float) -> str:
    return f"{loss:.3f}"


def _spread(values: Sequence[float | None], shown: Callable[[float], str]) -> str:
    """Mean (lowest to highest) of those that are there and finite; how many, where some are not."""
    there = [value for value in values if value is not None and math.isfinite(value)]
    if not there:
        return "–"
    mean, low, high = (shown(value) for value in (statistics.mean(there), min(there), max(there)))
    told = mean if low == high else f"{mean} ({low} to {high})"
    return told if len(there) == len(values) else f"{told}, {len(there)} of {len(values)}"


def _decisions(rows: Sequence[Row]) -> str:
    """The policy lines that turned the run and ended it, the most frequent first."""
    told = Counter(" → ".join(dict.fromkeys(filter(None, (row.turning, row.decision)))) for row in rows)
    return "; ".join(
        f"{line}" if len(told) == 1 else f"{line} ({count})" for line, count in told.most_common()
    )


def goal_lines(published: Published) -> Iterator[str]:
    """A row for each goal, with the worst seed."""
    yield "| goal | at most | worst | |"
    yield "|---|---|---|---|"
    for goal in GOALS:
        yield f"| {goal.name} | {goal.most:.0%} | {_worst(goal, published)} | {_said(goal, published)} |"


def _worst(goal: Goal, published: Published) -> str:
    return f"{goal.worst(published.rows):.2%}"


def _said(goal: Goal, published: Published) -> str:
    if goal.met(published.rows):
        return "met"
    return f"**missed**: {goal.open}" if goal.open else "**missed**"
