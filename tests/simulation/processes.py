"""Processes that fail, freeze and die at their outgoing calls, while others run."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from finetune_guard.core.errors import GuardError, ServiceUnavailableError
from tests.fakes.seam import Crash
from tests.simulation.faults import Fault, Kind, Storm
from tests.simulation.timeline import Timeline

#: Lambda ends every function by then; so does the simulation, also what has no such limit in the stack.
LONGEST = timedelta(minutes=15)
#: Processes that may hang within one another.
DEEPEST = 3
#: A call that never raises and never waits (ports/people.py).
BELL = "bell.ring"


class Outcome(StrEnum):
    """How a process ended."""

    LIVED = "lived"
    FAILED = "failed"
    KILLED = "killed"


@dataclass
class Process:
    """One process while it runs.

    Attributes:
        name: Such as "watch-17".
        role: Whose clock it has: "watch", "steps", "people", "clean-up".
        began: By the true time.
        faults: What went wrong at its calls, in order.
        known: Number of the last thing that happened to it: what it may know is not newer.
        error: What it raised, if it did.
    """

    name: str
    role: str
    began: datetime
    faults: list[Fault] = field(default_factory=list)
    known: int = 0
    error: str = ""
    pending: Fault | None = None

    def disturbed_at(self, *calls: str) -> bool:
        """Whether something went wrong at one of these calls; at any, where none is named."""
        return any(not calls or fault.call in calls for fault in self.faults)


class Stage:
    """Runs processes; the interrupt of the world's seam.

    Attributes:
        running: Processes that run, each frozen but the last.
        outcomes: How many ended how.
        mistakes: Processes that failed by what is none of our errors.
    """

    def __init__(self, timeline: Timeline, storm: Storm) -> None:
        self.running: list[Process] = []
        self.outcomes: Counter[Outcome] = Counter()
        self.mistakes: list[str] = []
        self._timeline = timeline
        self._storm = storm
        self._begun: Counter[str] = Counter()

    @property
    def current(self) -> Process | None:
        """The process that runs now; None while only nature acts."""
        return self.running[-1] if self.running else None

    def run(self, role: str, act: Callable[[Process], None]) -> tuple[Outcome, Process]:
        """Runs a process to its end, whatever that is."""
        self._begun[role] += 1
        process = Process(f"{role}-{self._begun[role]}", role, self._timeline.clock.now())
        self.running.append(process)
        outcome = Outcome.LIVED
        try:
            act(process)
        except Crash:
            outcome = Outcome.KILLED
        except GuardError as exc:
            outcome, process.error = Outcome.FAILED, f"{type(exc).__name__}: {exc}"
        except Exception as exc:  # ends this process, and no other, as in Lambda
            outcome, process.error = Outcome.FAILED, f"{type(exc).__name__}: {exc}"
            self.mistakes.append(f"{process.name} failed by {process.error}")
        finally:
            self.running.pop()
        self.outcomes[outcome] += 1
        return outcome, process

    def before(self, call: str) -> None:
        process = self.current
        if process is None:
            return
        fault = self._fault(process, call)
        process.pending = fault
        if fault is None:
            return
        process.faults.append(fault)
        if fault.kind in (Kind.THROTTLED, Kind.BROKEN):
            raise ServiceUnavailableError(f"{call}: {fault.kind}")
        if fault.kind is Kind.KILLED_BEFORE:
            raise Crash(f"before {call}")
        if fault.kind is Kind.REQUEST_LATE:
            self._freeze(process, fault)

    def after(self, call: str) -> None:
        process = self.current
        fault = process.pending if process else None
        if process is None or fault is None:
            return
        process.pending = None
        if fault.kind is Kind.REPLY_LOST:
            raise ServiceUnavailableError(f"{call}: {fault.kind}")
        if fault.kind is Kind.KILLED_AFTER:
            raise Crash(f"after {call}")
        if fault.kind is Kind.REPLY_LATE:
            self._freeze(process, fault)

    def _fault(self, process: Process, call: str) -> Fault | None:
        fault = self._storm.at(self._timeline.minute, call)
        if fault is None or (call == BELL and fault.kind in (Kind.THROTTLED, Kind.BROKEN, Kind.REPLY_LOST)):
            return None
        return None if fault.late and len(self.running) >= DEEPEST else fault

    def _freeze(self, process: Process, fault: Fault) -> None:
        """The others go on; a process that has been frozen for too long is ended in its turn."""
        self._timeline.until(self._timeline.clock.now() + timedelta(minutes=fault.late))
        if self._timeline.clock.now() >= process.began + LONGEST:
            raise Crash(f"{process.name} ran for too long")
