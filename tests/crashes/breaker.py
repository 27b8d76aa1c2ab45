"""Two jobs diverge at once, in a stack that may stop one an hour."""

from dataclasses import dataclass, field
from typing import Self

from finetune_guard.core.alerts import AlertKind
from tests.crashes.points import Point
from tests.fakes.world import World
from tests.usecases.test_breaker import assert_bounded, mails, many_diverging, ticked


@dataclass
class TwoAtOnce:
    """A tick every twenty minutes, until both must have been stopped."""

    world: World = field(default_factory=World)
    rounds: int = 0

    def __post_init__(self) -> None:
        many_diverging(self.world, 2)

    def round(self) -> None:
        """One tick."""
        ticked(self.world, 1, self.world.seam.interrupt)
        self.world.clock.advance(minutes=20)
        self.rounds += 1

    def to_the_end(self) -> Self:
        while self.rounds < 6:
            self.round()
        return self

    def counts(self, point: Point) -> bool:
        return True

    def end(self) -> int:
        """How many were stopped; never both within an hour, and that one was held back was told."""
        stops = [job.stop for job in self.world.store.open_jobs() if job.stop]
        assert_bounded(stops, 1)
        assert mails(self.world, AlertKind.BREAKER_TRIPPED)
        return len(stops)
