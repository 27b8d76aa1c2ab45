"""Jobs looked at by threads, over the real table's adapter: what they share is neither lost nor exceeded."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import TypeVar

import pytest

from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.core.decisions import AutoStop
from finetune_guard.ports import RunStore
from finetune_guard.threads import Threads
from finetune_guard.usecases.ticked import Ticked
from finetune_guard.usecases.watch import tick
from tests.builders import plan, run
from tests.contracts import moto_world
from tests.fakes.world import World
from tests.usecases.machine import begun, csv, job, put, watch_tools

JOBS = 6
T = TypeVar("T")


@pytest.fixture
def table() -> Iterator[DynamoRuns]:
    with moto_world.aws() as clients:
        yield DynamoRuns(DynamoTable(clients.dynamodb, moto_world.table(clients), "one"))


def training(table: RunStore, auto_stop: AutoStop) -> World:
    """So many runs whose jobs train; the table holds them."""
    world = World()
    for number in range(JOBS):
        arn = f"arn:aws:states:us-west-2:123456789012:execution:FullRun:{number}"
        of = run(run_id=f"run-{number}", execution_arn=arn, plan=plan(rehearsal=None, auto_stop=auto_stop))
        machine = begun(world, of)
        put(world, job(world, machine), csv(2.0))
        table.add_run(world.store.run(machine.run_id))
        table.add_job(job(world, machine))
    return world


def ticked(world: World, table: RunStore, stops: int = 3) -> Ticked:
    tools = replace(watch_tools(world, stops), store=table, workers=Threads(JOBS))
    return tick(tools, world.clock.now() + timedelta(seconds=50))


def all_at_once(read: Callable[..., T]) -> Callable[..., T]:
    """A reading that waits a moment for another to have read the same: the worst timing."""
    barrier = Barrier(2)

    def reading(*args: object) -> T:
        found = read(*args)
        with suppress(BrokenBarrierError):
            barrier.wait(0.2)
        return found

    return reading


@pytest.mark.fault(4)
def test_each_of_the_jobs_that_close_at_once_teaches_what_it_showed(
    table: DynamoRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = training(table, AutoStop.OFF)
    for arn in list(world.jobs.described):
        world.jobs.complete(arn)
    ticked(world, table)
    monkeypatch.setattr(table, "base_model", all_at_once(table.base_model))
    told = ticked(world, table)
    assert (told.judged, told.closed, told.errors) == (JOBS, JOBS, [])
    (facts,) = table.base_models()
    assert facts.jobs_seen == JOBS


@pytest.mark.fault(4)
def test_jobs_that_diverge_at_once_are_stopped_up_to_the_hour_s_number_in_one_tick(
    table: DynamoRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = training(table, AutoStop.ON)
    ticked(world, table)
    for arn in world.jobs.described:
        world.metrics.put(world.jobs.requests[arn].output_uri, arn[-12:], csv(2.0, 50.0, 60.0))
    monkeypatch.setattr(table, "breaker", all_at_once(table.breaker))
    told = ticked(world, table, stops=4)
    assert (told.judged, told.stops, told.discarded, told.errors) == (JOBS, 4, 0, [])
    assert len(table.breaker().stops) == 4
