"""Many open jobs and a slow account, in simulated time (docs/adr/0025; bench/load.py measures it)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest

from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.names import JobKey
from finetune_guard.core.runs import Run
from finetune_guard.core.wire import dumps
from finetune_guard.threads import SIDE_BY_SIDE
from finetune_guard.usecases.ticked import Ticked
from finetune_guard.usecases.watch import tick
from lambdas.watch import SPARE
from tests.builders import run
from tests.fakes.seam import Calm, Crash
from tests.fakes.slow import SideBySide, Slow
from tests.fakes.store import Row
from tests.fakes.world import World
from tests.usecases.machine import begun, job, watch_tools

#: infra/constructs/watch.py gives a tick so long.
LIFE = timedelta(seconds=55)
#: Two intervals, in seconds: what is promised.
PROMISED = 120.0
#: infra/constructs/alarms.py, JobsOverdue: seconds, and ticks in a row.
ALARM_ABOVE, ALARM_AFTER = 180.0, 2


@dataclass
class Told:
    """What half an hour of ticks has shown.

    Attributes:
        longest: From one look at a job to the next, at most, in seconds.
        killed: Ticks that Lambda ended.
        ticks: The others.
    """

    longest: float = 0.0
    killed: int = 0
    ticks: list[Ticked] = field(default_factory=list)


def waiting_for_jobs(count: int) -> World:
    """So many runs, each waiting for a job that trains: the first is played, the others are its like."""
    world = World()
    first = begun(world, run())
    stored, model = world.store.run(first.run_id), job(world, first)
    described = world.jobs.described[model.arn or ""]
    execution = world.workflow.executions[stored.execution_arn]
    for number in range(1, count):
        run_id, arn = f"run-{number}", f"{described.arn[:-4]}{number:04}"
        token = world.workflow.wait_on(f"token-of-{run_id}")
        wait = replace(stored.wait, token=token) if stored.wait else None
        like = replace(stored, jobs=(), run_id=run_id, execution_arn=f"{execution.arn}-{number}", wait=wait)
        world.workflow.executions[like.execution_arn] = replace(execution, arn=like.execution_arn)
        world.jobs.described[arn] = replace(described, arn=arn)
        store_like(world, like, replace(model, key=replace(model.key, run_id=run_id), arn=arn))
    return world


def store_like(world: World, of: Run, its: JobRecord) -> None:
    """Both, past the store's own reading back of the whole run, which takes long for a thousand of them."""
    for key, record in ((("RUN", of.run_id), of), (("JOB", of.run_id, its.key.short), its)):
        world.store.rows[key] = Row(dumps(record), record.version, ("first", ""))


def half_an_hour(jobs: int, workers: int, minutes: int = 30) -> Told:
    """A tick each minute, of an account whose calls take 200 ms, a tenth of them throttled three times."""
    world, told = waiting_for_jobs(jobs), Told()
    slow = Slow(world.clock, 0.2, 0.1, Random(7))
    tools = replace(watch_tools(world), workers=SideBySide(world.clock, workers))
    looked = looks(world)
    for _ in minutes_of(world, minutes):
        slow.dies_at = world.clock.now() + LIFE
        world.seam.interrupt = slow
        try:
            told.ticks.append(tick(tools, world.clock.now() + LIFE - SPARE))
        except Crash:
            told.killed += 1
        world.seam.interrupt = Calm()
        told.longest = max(told.longest, longest(looked, looks(world), world.clock.now()))
        looked = looks(world)
    return told


def minutes_of(world: World, count: int) -> Iterator[int]:
    """Each minute begins on time, however long the tick before took."""
    began = world.clock.now()
    for minute in range(count):
        world.clock.set(began + timedelta(minutes=minute))
        yield minute


def looks(world: World) -> dict[JobKey, datetime]:
    """When each job was last looked at."""
    return {job.key: job.ticked_at or job.intended_at for job in world.store.open_jobs()}


def longest(before: dict[JobKey, datetime], after: dict[JobKey, datetime], now: datetime) -> float:
    """The longest time between two looks, or since the last where there was none; in seconds."""
    times = (at if at > before[key] else now for key, at in after.items())
    return max((at - before[key]).total_seconds() for at, key in zip(times, after, strict=True))


@pytest.mark.fault(17)
@pytest.mark.fault(18)
def test_a_hundred_jobs_of_a_slow_account_are_judged_at_least_every_two_minutes() -> None:
    told = half_an_hour(100, SIDE_BY_SIDE)
    assert told.longest <= PROMISED
    assert told.killed == 0
    assert all(ticked.errors == [] for ticked in told.ticks)


@pytest.mark.parametrize("workers", [1, 2])
def test_fewer_workers_would_break_that_promise(workers: int) -> None:
    assert half_an_hour(100, workers, minutes=10).longest > PROMISED


@pytest.mark.fault(17)
def test_a_thousand_jobs_are_too_many_which_rings_an_alarm_and_no_tick_dies_of_it() -> None:
    told = half_an_hour(1000, SIDE_BY_SIDE, minutes=6)
    assert told.killed == 0
    assert all(ticked.left_out > 0 for ticked in told.ticks)
    ages = [ticked.overdue_seconds > ALARM_ABOVE for ticked in told.ticks]
    assert all(ages[-ALARM_AFTER:])


def test_runs_that_a_tick_had_no_time_for_are_kept_alive_by_another() -> None:
    world = waiting_for_jobs(60)
    tools = replace(watch_tools(world), workers=SideBySide(world.clock, 1))
    world.seam.interrupt = Slow(world.clock, 0.5, 0.0, Random(7))
    kept = []
    for _ in minutes_of(world, 15):
        before = len(world.workflow.heartbeats)
        tick(tools, world.clock.now() + LIFE - SPARE)
        kept.append(len(world.workflow.heartbeats) - before)
    assert 0 < max(kept) < 60
    assert len(set(world.workflow.heartbeats)) == 60
