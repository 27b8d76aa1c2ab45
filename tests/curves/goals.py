"""What the detectors must reach, figure by figure; a test fails where one slips below."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.curves.figures import Figures, Published, Totals
from tests.curves.sets import SEEDS


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure and its bound.

    Attributes:
        name: The figure, in a phrase.
        figure: Reads it.
        bound: Where the figure must not go beyond.
        at_least: Whether the bound is the least allowed; otherwise the most.
        open: Why it is not reached today; empty where it is. What is reached may not be called open.
    """

    name: str
    figure: Callable[[Published], float]
    bound: float
    at_least: bool = True
    open: str = ""

    def met(self, published: Published) -> bool:
        """Whether the figure is on the right side of the bound, or on it."""
        figure = self.figure(published)
        return figure >= self.bound if self.at_least else figure <= self.bound


def _real(read: Callable[[Totals], float | None]) -> Callable[[Published], float]:
    return lambda published: _known(read(published.sets["real, all"].totals))


def _mean(read: Callable[[Figures], float | None]) -> Callable[[Published], float]:
    """Over the published seeds."""
    return lambda published: _mean_of(read(published.sets[f"injected, seed {seed}"]) for seed in SEEDS)


def _mean_of(figures: Iterable[float | None]) -> float:
    return round(statistics.mean(_known(figure) for figure in figures), 4)


def _known(figure: float | None) -> float:
    assert figure is not None, "a set without a curve of the sort that the goal is about"
    return figure


GOALS = (
    Goal("real: failures caught, of 20", _real(lambda of: of.caught.count), 18),
    Goal("real: false stops, of 184", _real(lambda of: of.false_stops.count), 1, at_least=False),
    Goal("real: saved", _real(lambda of: of.saved), 0.78),
    Goal("real: overfitting warned of", _real(lambda of: of.warned["overfit"].rate), 0.85),
    Goal("real: stagnation warned of", _real(lambda of: of.warned["stagnation"].rate), 0.8),
    Goal("real: false warnings", _real(lambda of: of.false_warnings.rate), 0.06, at_least=False),
    Goal("injected: failures caught", _mean(lambda of: of.totals.caught.rate), 0.96),
    Goal("injected: false stops", _mean(lambda of: of.totals.false_stops.rate), 0.004, at_least=False),
    Goal("injected: saved", _mean(lambda of: of.totals.saved), 0.8),
    Goal("injected: delay, 90th percentile", _mean(lambda of: of.totals.delay_p90), 0.15, at_least=False),
    Goal("injected: caught at 20 rows", _mean(lambda of: of.by_length["20"].rate), 0.92),
    Goal("injected: caught at 45 rows", _mean(lambda of: of.by_length["45"].rate), 0.95),
    Goal("injected: mild climbs warned of", _mean(lambda of: of.totals.warned["mild"].rate), 0.65),
    Goal("injected: false warnings", _mean(lambda of: of.totals.false_warnings.rate), 0.05, at_least=False),
)
