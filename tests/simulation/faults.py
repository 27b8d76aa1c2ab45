"""What may go wrong at an outgoing call, drawn from a seed or given as data."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Protocol

#: Share of all outgoing calls that something goes wrong at.
SHARE = 0.05
#: Minutes that a call may hang. With what happens meanwhile a process may come to more, and is killed then.
LATEST = 10


class Kind(StrEnum):
    """What goes wrong."""

    THROTTLED = "throttled"
    BROKEN = "5xx"
    REPLY_LOST = "reply lost"
    REQUEST_LATE = "request late"
    REPLY_LATE = "reply late"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"


#: How often each kind comes among the faults.
WEIGHTS = {
    Kind.THROTTLED: 30,
    Kind.BROKEN: 15,
    Kind.REPLY_LOST: 20,
    Kind.REQUEST_LATE: 14,
    Kind.REPLY_LATE: 10,
    Kind.KILLED_BEFORE: 10,
    Kind.KILLED_AFTER: 10,
}
#: Kinds after which a process goes on as if nothing had been, only later.
LATE = frozenset({Kind.REQUEST_LATE, Kind.REPLY_LATE})


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: at the nth call of this name within a minute of the night.

    Attributes:
        minute: From the night's start, by the true time.
        call: Such as "jobs.create".
        nth: Among the calls of this name in this minute, from 0.
        kind: What goes wrong.
        late: Minutes that the call hangs; 0 where it does not.
    """

    minute: int
    call: str
    nth: int
    kind: Kind
    late: int = 0


class Weather(Protocol):
    """Says what goes wrong at a call."""

    def at(self, minute: int, call: str, nth: int) -> Fault | None: ...


class Drawn:
    """Faults drawn as the calls come."""

    def __init__(self, random: Random, share: float = SHARE) -> None:
        self._random = random
        self._share = share

    def at(self, minute: int, call: str, nth: int) -> Fault | None:
        if self._random.random() >= self._share:
            return None
        kind = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        late = self._random.randint(1, LATEST) if kind in LATE else 0
        return Fault(minute, call, nth, kind, late)


class Listed:
    """Faults that are given; whatever else is called goes well."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self._faults = {(fault.minute, fault.call, fault.nth): fault for fault in faults}

    def at(self, minute: int, call: str, nth: int) -> Fault | None:
        return self._faults.get((minute, call, nth))


@dataclass
class Storm:
    """Counts the calls of each minute, asks the weather, and keeps what went wrong.

    Attributes:
        met: Every fault so far, in order.
        calm: Whether nothing goes wrong any more.
    """

    weather: Weather
    met: list[Fault] = field(default_factory=list)
    calm: bool = False
    _minute: int = -1
    _calls: Counter[str] = field(default_factory=Counter)

    def at(self, minute: int, call: str) -> Fault | None:
        if minute != self._minute:
            self._minute = minute
            self._calls.clear()
        nth = self._calls[call]
        self._calls[call] += 1
        fault = None if self.calm else self.weather.at(minute, call, nth)
        if fault is not None:
            self.met.append(fault)
        return fault
