"""Watches over generated inputs: what raised, hung or filled the memory is named with its number."""

import faulthandler
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: Where so many together take more than HANG seconds by the clock, the place in the code is printed, and that
#: is the end.
HANG, TOGETHER = 300.0, 100
#: More failures than so many say nothing new.
ENOUGH = 10
#: The file descriptor, which outlives what pytest makes of sys.stderr.
STDERR = 2


def memory() -> int:
    """The most that this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@dataclass(slots=True)
class Watching:
    """What was seen so far.

    Attributes:
        what: What is generated, as a person calls it.
        seed: Which ones.
        growth: Bytes by which the process may grow.
        count: Inputs.
        slowest: Processor seconds of the slowest, and which it was.
        failures: What did not hold, with the number of the input.
    """

    what: str
    seed: int
    growth: int
    count: int = 0
    slowest: tuple[float, int] = (0.0, 0)
    failures: list[str] = field(default_factory=list)
    _began: float = field(default_factory=time.perf_counter)
    _before: int = field(default_factory=memory)

    @property
    def lost(self) -> bool:
        """Whether to go on would say nothing new."""
        return len(self.failures) >= ENOUGH

    def one(self, number: int, check: Callable[[], object], deadline: float) -> None:
        """Runs one check, which may take so many seconds of the processor."""
        if self.count % TOGETHER == 0:
            faulthandler.dump_traceback_later(HANG, exit=True, file=STDERR)
        began = time.process_time()
        try:
            check()
        except Exception as exc:
            self.failures.append(f"number {number}: {type(exc).__name__}: {str(exc)[:300]}")
        seconds = time.process_time() - began
        self.count += 1
        self.slowest = max(self.slowest, (seconds, number))
        if seconds > deadline:
            self.failures.append(f"number {number}: took {seconds:.1f} s")

    def told(self) -> int:
        """Prints what came of it; 1 where something did not hold."""
        faulthandler.cancel_dump_traceback_later()
        grown = memory() - self._before
        if grown > self.growth:
            self.failures.append(f"the process grew by {grown >> 20} MiB")
        seconds, which = self.slowest
        sys.stdout.write(
            f"{self.what}: {self.count:,} in {time.perf_counter() - self._began:.0f} s, "
            f"slowest {1000 * seconds:.0f} ms (number {which}), "
            f"memory {memory() >> 20} MiB, grown by {grown >> 20} MiB, {len(self.failures)} failures\n"
        )
        sys.stdout.writelines(f"  seed {self.seed}, {failure}\n" for failure in self.failures)
        return 1 if self.failures else 0
