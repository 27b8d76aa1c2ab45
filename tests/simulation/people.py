"""What persons do in a night: drawn up front, so that it does not hang on what goes wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Act(StrEnum):
    """What a person does."""

    STOP_RUN = "stops a run"
    STOP_BEHIND = "stops a job in the service"
    ANSWER = "answers a question"
    ABORT = "aborts an execution"
    RESUME = "takes up a run"
    SWITCH_ON = "turns the kill switch on"
    SWITCH_OFF = "turns the kill switch off"


#: How often each comes in 24 hours; what there is nobody for comes to nothing.
TIMES = {Act.STOP_RUN: 5, Act.STOP_BEHIND: 5, Act.ANSWER: 40, Act.ABORT: 16, Act.RESUME: 60}
SWITCHES = 8
#: Minutes that the kill switch stays on.
SWITCHED = (5, 90)


@dataclass(frozen=True)
class Planned:
    """An act and when.

    Attributes:
        minute: Of the night.
        act: What is done.
        pick: Which of those that it can be done to, from 0 to below 1.
    """

    minute: float
    act: Act
    pick: float


def planned(random: Random, minutes: int) -> Iterator[Planned]:
    """The acts of a night of so many minutes."""
    share = minutes / (24 * 60)
    for act, times in TIMES.items():
        for _ in range(max(1, round(times * share))):
            yield Planned(random.uniform(0, minutes), act, random.random())
    for _ in range(max(1, round(SWITCHES * share))):
        on = random.uniform(0, minutes)
        yield Planned(on, Act.SWITCH_ON, 0.0)
        yield Planned(on + random.uniform(*SWITCHED), Act.SWITCH_OFF, 0.0)
