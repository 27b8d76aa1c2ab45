"""The true time of a simulated world, and what is due when."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.fakes.clock import START, FakeClock


@dataclass(order=True)
class Due:
    """Something that is to happen; of two at one time the one that was planned first comes first."""

    at: datetime
    number: int
    act: Callable[[], None] = field(compare=False)


class Skewed(FakeClock):
    """A clock that is off by a fixed span from the true time."""

    def __init__(self, true: FakeClock, off: timedelta) -> None:
        super().__init__(true.now())
        self._true = true
        self._off = off

    def now(self) -> datetime:
        return self._true.now() + self._off


class Timeline:
    """What is due, in order; `until` may be called from within what it calls, and time goes on there.

    Attributes:
        clock: The true time.
        after: Called after each thing that happened.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.after: Callable[[], None] = lambda: None
        self._due: list[Due] = []
        self._planned = 0

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._due, Due(when, self._planned, act))

    def soon(self, act: Callable[[], None], **span: float) -> None:
        """Plans it so much later than now."""
        self.at(self.clock.now() + timedelta(**span), act)

    def until(self, end: datetime) -> None:
        """Lets everything happen that is due until `end`."""
        while self._due and self._due[0].at <= end:
            due = heapq.heappop(self._due)
            self.clock.set(max(due.at, self.clock.now()))
            due.act()
            self.after()
        self.clock.set(max(end, self.clock.now()))

    @property
    def minute(self) -> int:
        """Whole minutes since the start."""
        return int((self.clock.now() - START).total_seconds() // 60)
