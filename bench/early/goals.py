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
        open: Why it is not reached today; empty where it is. What is reached may not be called open.
    """

    name: str
    of: Select
    figure: Callable[[Row], float]
    most: float
    open: str = ""

    def worst(self, rows: Sequence[Row]) -> float:
        """The largest figure of all rows; infinite where there is none to ask."""
        return max((self.figure(row) for row in rows if self.of(row)), default=inf)

    def met(self, rows: Sequence[Row]) -> bool:
        """Whether even the worst row is within the bound."""
        return self.worst(rows) <= self.most


def _is(kind: str, name: str = "", without: str = "\n") -> Select:
    return lambda row: row.kind == kind and name in row.name and without not in row.name


def _or_inf(value: float | None) -> float:
    """A model that was wanted and is not there is as bad as can be."""
    return inf if value is None else value


def _not_found_in_rehearsal(row: Row) -> float:
    return float(row.about != "rehearsal-0-0" or row.broken)


def _ended(row: Row) -> float:
    return float((bool(row.turning) and row.about != "run") or not row.kept)


def _above_checkpoint(row: Row) -> float:
    return inf if row.loss is None else row.loss / row.checkpoint - 1


def _noise(name: str, loss: str, tokens: str = "") -> tuple[Goal, ...]:
    """The goals of a case of noise, and why those of loss and tokens are open."""
    of = _is("noise", name)
    return (
        Goal(
            f"{name}: loss above the best reachable", of, lambda row: _or_inf(row.above_reachable), 0.03, loss
        ),
        Goal(f"{name}: loss above the best that one-shot had on its way", of, _above_checkpoint, 0.03),
        Goal(f"{name}: tokens", of, lambda row: row.tokens, 0.75, tokens),
    )


def _beyond(row: Row) -> float:
    return row.tokens - 1


FIRST: Final = "first run"
GOALS: Final = (
    Goal("rate too high: runs that their first rehearsal let pass", _is("rate"), _not_found_in_rehearsal, 0),
    Goal("rate too high, no retry: tokens until the refusal", _is("rate"), lambda row: row.first, 0.05),
    *_noise("noise from 60%, 3 segments", "a third of the records was learnt, and three fifths are sound"),
    *_noise(
        "noise from 60%, 4 segments",
        "half of the records was learnt, and three fifths are sound",
        "three quarters of the records have not exactly three quarters of the tokens",
    ),
    Goal(
        "small data: loss above the best of the one-shot run",
        _is("overfitting"),
        lambda row: _or_inf(row.above_reachable),
        0.02,
    ),
    Goal("healthy: runs refused or ended", _is("healthy"), _ended, 0),
    Goal("healthy, base known: tokens beyond the full run", _is("healthy", without=FIRST), _beyond, 0.15),
    Goal(
        "healthy, first run on a base: tokens beyond the full run",
        _is("healthy", FIRST),
        _beyond,
        0.15,
        "a step is taken for 16 records until a job has shown that it is 8",
    ),
    Goal(
        "healthy: loss above the one-shot run", _is("healthy"), lambda row: _or_inf(row.above_one_shot), 0.02
    ),
)
