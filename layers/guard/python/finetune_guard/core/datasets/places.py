"""Where faults are, and how many."""

from dataclasses import dataclass, field

from finetune_guard.core.datasets.faults import DataFault

#: A fault is told with this many places.
PLACES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is: line from 1, byte offset of the line from 0."""

    line: int
    offset: int


@dataclass(frozen=True, slots=True)
class FoundFault:
    """One kind of fault in one file.

    Attributes:
        count: How often.
        places: The first PLACES of them.
    """

    fault: DataFault
    count: int
    places: tuple[Place, ...]


@dataclass(slots=True)
class FaultTally:
    """Counts faults and keeps their first places."""

    counts: dict[DataFault, int] = field(default_factory=dict)
    places: dict[DataFault, list[Place]] = field(default_factory=dict)

    def note(self, fault: DataFault, line: int, offset: int, count: int = 1) -> None:
        """Counts a fault; its place is kept while there are few."""
        self.counts[fault] = self.counts.get(fault, 0) + count
        known = self.places.setdefault(fault, [])
        if len(known) < PLACES:
            known.append(Place(line, offset))

    @property
    def found(self) -> tuple[FoundFault, ...]:
        """Everything counted, in order of the codes."""
        return tuple(
            FoundFault(fault, self.counts[fault], tuple(self.places[fault])) for fault in sorted(self.counts)
        )
