"""A waiter that plays the world on instead of sleeping."""

from collections import deque
from collections.abc import Callable, Iterable

from tests.fakes.clock import FakeClock

Step = Callable[[], object]


class ScriptedWaiter:
    """Each wait moves the clock on and plays the next step; with no step left it says to give up."""

    def __init__(self, clock: FakeClock, steps: Iterable[Step] = ()) -> None:
        self.clock = clock
        self.steps = deque(steps)
        self.waits: list[float] = []
        self.given_up = False

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        if self.given_up or not self.steps:
            return True
        self.clock.advance(seconds=timeout)
        self.steps.popleft()()
        return self.given_up

    def set(self) -> None:
        self.given_up = True


def nothing() -> None:
    """A step in which nothing happens."""
