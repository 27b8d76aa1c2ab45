"""Gives a reader of files generated ones by the hundred thousand, a large one now and then."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from tests.fuzz.watching import Watching

#: Of so many inputs one is judged as well, and of so many more one is large.
JUDGED, LARGE = 50, 10_000
#: Bytes of a large one, at least and at most.
LARGEST = (10 << 20, 30 << 20)
#: Seconds of the processor that an input may take, and that each of its megabytes may.
DEADLINE, SECONDS_A_MEGABYTE = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class Reader:
    """What is read, and how it is examined.

    Attributes:
        what: What is generated, as a person calls it.
        growth: Large ones' sizes by which the process may grow over any number of inputs.
        one: Generates a file and examines it.
        large: The same with about so many bytes.
    """

    what: str
    growth: int
    one: Callable[[Random], object]
    large: Callable[[Random, int], object]


def read_all(reader: Reader, count: int, seed: int, every_large: int = LARGE) -> int:
    """Reads so many generated files; prints what came of it, returns 1 where something did not hold.

    Args:
        reader: What is read.
        count: How many.
        seed: Which ones; the same are the same.
        every_large: One of so many is large.
    """
    watching = Watching(reader.what, seed, reader.growth * LARGEST[1])
    for number in range(count):
        random = Random(f"{seed}/{number}")
        if number % every_large == every_large - 1:
            size = random.randint(*LARGEST)
            deadline = DEADLINE + SECONDS_A_MEGABYTE * size / 1e6
            watching.one(number, partial(reader.large, random, size), deadline)
        else:
            watching.one(number, partial(reader.one, random), DEADLINE)
        if watching.lost:
            break
    return watching.told()
