"""What a guarded run must reach, figure by figure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from bench.early.figures import Row

Select = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure and its bound; the worst seed counts.

    Attributes:
        name: The figure, in a phrase.
        of: The rows that it is asked of.
        figure: Reads it from a row, as a share.
        most: Where it must not go beyond.
    """

    name: str
    of: Select
    figure: Callable[[Row], float]
    most: float

    def worst(self, rows: Sequence[Row]) -> float:
        """The largest figure of all rows; infinite where there is none to ask."""
        return max((self.figure(row) for row in rows if self.of(row)), default=inf)

    def met(self, rows: Sequence[Row]) -> bool:
        """Whether even the worst row is within the bound."""
        return self.worst(rows) <= self.most


def _is(kind: str, name: str = "") -> Select:
    return lambda row: row.kind == kind and name in row.name


def _or_inf(value: float | None) -> float:
    """A model that was wanted and is not there is as bad as can be."""
    return inf if value is None else value


def _not_found_in_rehearsal(row: Row) -> float:
    return float(row.about != "rehearsal-0-0" or row.broken)


def _ended(row: Row) -> float:
    return float((bool(row.turning) and row.about != "run") or not row.kept)


def _noise(name: str) -> tuple[Goal, ...]:
    chosen = _is("noise", name)
    return (
        Goal(
            f"{name}: loss above the best reachable", chosen, lambda row: _or_inf(row.above_reachable), 0.03
        ),
        Goal(
            f"{name}: loss above the best that the one-shot run had on its way",
            chosen,
            lambda row: inf if row.loss is None else row.loss / row.checkpoint - 1,
            0.03,
        ),
        Goal(f"{name}: tokens", chosen, lambda row: row.tokens, 0.75),
    )


GOALS: Final = (
    Goal(
        "rate too high: share of runs not found by their first rehearsal",
        _is("rate"),
        _not_found_in_rehearsal,
        0,
    ),
    Goal("rate too high, no retry: tokens until the refusal", _is("rate"), lambda row: row.first, 0.05),
    *_noise("noise from 60%, 3 segments"),
    *_noise("noise from 60%, 4 segments"),
    Goal(
        "overfitting: loss above the best of the one-shot run",
        _is("overfitting"),
        lambda row: _or_inf(row.above_reachable),
        0.02,
    ),
    Goal("healthy: share of runs refused or ended", _is("healthy"), _ended, 0),
    Goal(
        "healthy, base known: tokens beyond the full run",
        _is("healthy", "records,"),
        lambda row: row.tokens - 1,
        0.15,
    ),
    Goal(
        "healthy, first run on a base: tokens beyond the full run",
        _is("healthy", "first run"),
        lambda row: row.tokens - 1,
        0.15,
    ),
    Goal(
        "healthy: loss above the one-shot run", _is("healthy"), lambda row: _or_inf(row.above_one_shot), 0.02
    ),
)
