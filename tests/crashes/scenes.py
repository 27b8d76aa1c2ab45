"""Short scenes of everything but a whole run: what a person orders, and what a machine does first.

Who orders does it again when it dies; a machine is tried again. Where the end is not the same to the letter,
the scene says which difference is left, and its end leaves out just that.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from finetune_guard.core.runs import Run
from tests.builders import run
from tests.crashes.points import Point
from tests.fakes.seam import Calm, Crash
from tests.fakes.world import World
from tests.usecases.machine import watch

Act = Callable[[World], object]
NAME = run().run_id


@dataclass
class Scene:
    """Acts in their order, each a process that is tried again when it dies, a minute later.

    Attributes:
        world: Where it plays.
        acts: The use case and what is done, by its order.
        ended: What must be the same wherever somebody died.
        done: Acts that are over.
    """

    world: World
    acts: tuple[tuple[str, Act], ...]
    ended: Callable[[World], object]
    done: int = 0

    def round(self) -> None:
        """One try of the next act."""
        use_case, act = self.acts[self.done]
        self.world.seam.begin(use_case)
        try:
            act(self.world)
            self.done += 1
        except Crash:
            self.world.seam.interrupt = Calm()
        self.world.clock.advance(minutes=1)

    def to_the_end(self) -> Self:
        while self.done < len(self.acts):
            self.round()
        return self

    def counts(self, point: Point) -> bool:
        return True

    def end(self) -> object:
        self.world.seam.interrupt = Calm()
        return self.ended(self.world)


def store_run(world: World, of: Run) -> None:
    """The run as stored, with the models of its jobs."""
    world.store.add_run(replace(of, jobs=()))
    for each in of.jobs:
        world.store.add_job(each)
        world.jobs.models |= {each.model} - {""}


def stopping_ends(world: World) -> None:
    """The service has stopped what it was to stop."""
    for described in tuple(world.jobs.described.values()):
        if described.status == "Stopping":
            world.jobs.advance(described.arn)


#: As long as a claim of an alert lasts, and one more.
TICKS: tuple[tuple[str, Act], ...] = (("watch", watch),) * 4
STOPPED: tuple[str, Act] = ("nature", stopping_ends)
