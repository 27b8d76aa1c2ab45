"""Ticks over many open jobs of a slow account: does each job stay judged at least every two minutes?

python -m bench.load [--jobs 100] [--call-ms 200] [--throttled 10] [--ticks 4]

Real adapters and botocore's own retries, against an account on loopback (bench/slow_account.py): every call
takes so long, and a share of Bedrock's calls is refused three times. A tick begins every minute.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from finetune_guard import functions
from finetune_guard.bootstrap import clock, run_store, workers
from lambdas.watch import SPARE
from tests.builders import run
from tests.contracts.moto_world import NOBODY
from tests.fakes.clock import FakeClock
from tests.fakes.world import World
from tests.usecases.machine import start

LAMBDA_TIMEOUT = timedelta(seconds=55)
INTERVAL = 60.0
VARIABLES = {
    "GUARD_TABLE": "runs",
    "GUARD_STACK": "load",
    "GUARD_BUCKET": "bucket",
    "GUARD_ALERT_TOPIC": "arn:aws:sns:us-east-1:123456789012:alerts",
    "GUARD_STOPS_PER_HOUR": "3",
    "GUARD_MAILS_PER_HOUR": "30",
}


def main() -> None:
    """Prints each tick's time, what it judged and how old the oldest judgement was when it began."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--call-ms", type=float, default=200)
    parser.add_argument("--throttled", type=int, default=10, help="per cent of Bedrock's calls")
    parser.add_argument("--ticks", type=int, default=4)
    asked = parser.parse_args()
    with slow_account(asked.call_ms / 1000, asked.throttled) as endpoint:
        os.environ |= {**NOBODY, **VARIABLES, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}
        os.environ["AWS_ENDPOINT_URL"] = endpoint
        fill(asked.jobs)
        for number in range(asked.ticks):
            began = time.monotonic()
            told = one_tick()
            took = time.monotonic() - began
            print(f"tick {number + 1}: {took:.1f} s, {told}", flush=True)
            if number + 1 < asked.ticks:
                time.sleep(max(0.0, INTERVAL - took))


@contextmanager
def slow_account(delay: float, throttled: int) -> Iterator[str]:
    """The account's address; its process ends with the block."""
    command = [sys.executable, "-m", "bench.slow_account", f"--delay={delay}", f"--throttled={throttled}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        finally:
            server.terminate()


def fill(jobs: int) -> None:
    """The table with so many runs, each waiting for a job that trains."""
    now = clock().now()
    world, table = World(FakeClock(now)), run_store("runs")
    records = []
    for number in range(jobs):
        arn = f"arn:aws:states:us-east-1:123456789012:execution:M:{number}"
        machine = start(world, run(run_id=f"run-{number}", execution_arn=arn, started_at=now))
        while machine.step():
            pass
        stored = world.store.run(machine.run_id)
        records.append(stored)
    workers().each(table.save_run, records)
    workers().each(table.save_job, (job for stored in records for job in stored.jobs))


def one_tick() -> str:
    """One tick with the deadline that Lambda would give it; what it did."""
    ticked = functions.watch(clock().now() + LAMBDA_TIMEOUT - SPARE)
    age = f"the oldest judgement was {ticked.overdue_seconds:.0f} s old"
    for error in ticked.errors[:1]:
        print(f"for example: {error}")
    return f"{ticked.judged} of {ticked.open_jobs} judged, {len(ticked.errors)} errors, {age}"


if __name__ == "__main__":
    main()
