"""Gives a reader of files generated ones by the hundred thousand, a large one now and then."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.fuzz.holding import Document
from tests.fuzz.watching import Watching

#: Of so many inputs one is judged as well, and of so many more one is large.
JUDGED, LARGE = 50, 10_000
#: Bytes of a large one, at least and at most.
LARGEST = (10 << 20, 30 << 20)
#: Seconds of the processor that an input may take, and that each of its megabytes may.
DEADLINE, SECONDS_A_MEGABYTE = 1.0, 3.0

Check = Callable[[Document, Random], object]


@dataclass(frozen=True, slots=True)
class Reader:
    """What is read, and how it is examined.

    Attributes:
        what: What is generated, as a person calls it.
        growth: Bytes by which the process may grow over any number of inputs.
        document: Generates one.
        examine: Reads one in every way; raises AssertionError where something does not hold.
        examine_large: Generates one of about so many bytes and reads it.
    """

    what: str
    growth: int
    document: Callable[[Random], Document]
    examine: Check
    examine_large: Callable[[Random, int], object]

    def numbered(self, number: int, seed: int) -> Document:
        """The document of that number; the same each time."""
        return self.document(_random(number, seed))


def read_all(
    reader: Reader, count: int, seed: int, check: Check | None = None, every_large: int = LARGE
) -> int:
    """Reads so many generated documents; prints what came of it, returns 1 where something did not hold.

    Args:
        reader: What is read.
        count: How many.
        seed: Which ones; the same are the same.
        check: In place of the reader's own.
        every_large: One of so many is large.
    """
    watching = Watching(reader.what, seed, reader.growth)
    examine = check or reader.examine
    for number in range(count):
        random = _random(number, seed)
        if number % every_large == every_large - 1:
            size = random.randint(*LARGEST)
            deadline = DEADLINE + SECONDS_A_MEGABYTE * size / 1e6
            watching.one(number, partial(reader.examine_large, random, size), deadline)
        else:
            watching.one(number, partial(_examine, reader, examine, random), DEADLINE)
        if watching.lost:
            break
    return watching.told()


def _random(number: int, seed: int) -> Random:
    return Random(f"{seed}/{number}")


def _examine(reader: Reader, examine: Check, random: Random) -> None:
    examine(reader.document(random), random)
