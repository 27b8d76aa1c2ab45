"""Wall time of one tick over many open jobs when every outgoing call takes a while.

python -m bench.tick [--jobs 100] [--call-ms 50]
"""

import argparse
import threading
import time
from dataclasses import replace
from datetime import timedelta

from finetune_guard.threads import Threads
from finetune_guard.usecases.watch import tick
from tests.builders import run
from tests.fakes.world import World
from tests.usecases.machine import start, watch, watch_tools


class Slow:
    """Every call takes its time, as over a network."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._never = threading.Event()

    def before(self, call: str) -> None:
        """Waits as long as a call would take."""
        self._never.wait(self.seconds)

    def after(self, call: str) -> None:
        """A call that has been carried out takes no more time."""


def main() -> None:
    """Prints seconds of a tick, and calls for each job."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--call-ms", type=float, default=50)
    asked = parser.parse_args()
    world = World()
    for n in range(asked.jobs):
        machine = start(
            world, run(run_id=f"run-{n}", execution_arn=f"arn:aws:states:us-east-1:1:execution:M:{n}")
        )
        while machine.step():
            pass
    watch(world)
    world.seam.calls.clear()
    world.seam.interrupt = Slow(asked.call_ms / 1000)
    began = time.perf_counter()
    ticked = tick(replace(watch_tools(world), workers=Threads()), world.clock.now() + timedelta(hours=1))
    seconds = time.perf_counter() - began
    calls = len(world.seam.calls)
    print(f"{ticked.judged} jobs judged in {seconds:.1f} s, {calls} calls of {asked.call_ms:g} ms: ", end="")
    print(f"{calls / asked.jobs:.2f} calls a job")


if __name__ == "__main__":
    main()
