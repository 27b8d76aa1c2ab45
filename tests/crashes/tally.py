"""Counts the crash points that a test run really tried, for one line at its end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.crashes.points import Point

#: The name under which a test's report carries its tally, also from another process.
PROPERTY = "crash points"

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Tally:
    """Points of a story by use case: those there are, and those at which somebody died and the end held."""

    # Plain dictionaries: a report goes from one process to another, which takes nothing else.
    found: dict[str, int] = field(default_factory=dict)
    tried: dict[str, int] = field(default_factory=dict)

    def find(self, points: Iterable[Point]) -> None:
        """These are the story's."""
        self.found.update(Counter(point.use_case for point in points))

    def hold(self, point: Point) -> None:
        """At this one a process died, and the end was the same."""
        self.tried[point.use_case] = self.tried.get(point.use_case, 0) + 1


def summary(told: Iterable[tuple[Counts, Counts]], stories: int) -> str:
    """One line for the end of a test run, "" where no story was played.

    Args:
        told: What each story that was played found and tried.
        stories: How many stories there are.
    """
    found, tried, played = Counter[str](), Counter[str](), 0
    for there, held in told:
        found.update(there)
        tried.update(held)
        played += 1
    if not played:
        return ""
    part = "" if played == stories else f", {played} of {stories} stories"
    return f"crash points: {tried.total()} of {found.total()} in {len(tried)} use cases{part}"
