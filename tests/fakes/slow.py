"""A slow account in simulated time: each call moves the clock, and workers share the time between them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeVar

from tests.fakes.clock import FakeClock
from tests.fakes.seam import Crash

T = TypeVar("T")
R = TypeVar("R")

#: botocore's standard mode: four tries, and between them up to 1, 2 and 4 seconds, drawn evenly.
BACK_OFFS = (1.0, 2.0, 4.0)


@dataclass
class Slow:
    """Every call takes its time; a share of them is refused three times and answered at the fourth try.

    Attributes:
        clock: Moved by each call.
        seconds: That a try takes.
        throttled: Share of the calls that are refused at first.
        random: Draws who is throttled and for how long, seeded.
        dies_at: When the process ends, as Lambda ends it; None lets it live.
    """

    clock: FakeClock
    seconds: float
    throttled: float
    random: Random
    dies_at: datetime | None = None

    def before(self, call: str) -> None:
        self.clock.advance(seconds=self.seconds + self._refused())
        if self.dies_at and self.clock.now() >= self.dies_at:
            raise Crash(f"the time is up in {call}")

    def after(self, call: str) -> None:
        return

    def _refused(self) -> float:
        if self.random.random() >= self.throttled:
            return 0.0
        return sum(self.seconds + self.random.uniform(0, most) for most in BACK_OFFS)


class SideBySide:
    """So many workers, each with a time of its own; a thing goes to whoever is free first.

    They are played one after another, so the order of the calls is always the same.
    """

    def __init__(self, clock: FakeClock, workers: int) -> None:
        self.clock, self.workers = clock, workers

    def each(self, act: Callable[[T], R], items: Iterable[T]) -> list[R]:
        began = self.clock.now()
        free = [began] * self.workers
        done = []
        for item in items:
            first = free.index(min(free))
            self.clock.set(free[first])
            done.append(act(item))
            free[first] = self.clock.now()
        self.clock.set(max(free))
        return done
