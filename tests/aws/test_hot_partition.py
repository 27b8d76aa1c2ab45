"""What many open jobs do to the one partition of the index that holds them: real items, counted writes.

A partition takes 1,000 write units and 3,000 read units a second (DynamoDB developer guide, "Designing
partition keys"). A write whose place in the index changes costs the index two writes, the old entry's and the
new one's, each of a unit for every begun KB ("Global secondary indexes", write costs); an eventually
consistent query costs half a unit for every begun 4 KB of what it finds.
"""

from dataclasses import replace
from math import ceil
from typing import cast

import pytest

from finetune_guard.aws import dynamo_rows as rows
from finetune_guard.aws.dynamo_rows import Row
from finetune_guard.aws.dynamo_table import _item
from finetune_guard.core.findings import Signal
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.names import digest
from tests.builders import finding, run
from tests.fakes.world import World
from tests.usecases.machine import begun, csv, job, put, watch

WRITE_UNITS, READ_UNITS = 1000, 3000
TICK_SECONDS = 60
#: Bedrock's own quota is 10 scheduled jobs in an account and region, unless AWS raises it.
QUOTA, MOST_OPEN = 10, 1000
#: What so many jobs may use of the partition; the rest is for ticks that events wake.
SHARE = 0.3
#: Tags, hyperparameters and names as long as a careful user's.
TAGS = {f"team-tag-{n}": "a value as long as most of them" for n in range(10)}


def bytes_of(row: Row) -> int:
    """As DynamoDB counts an item: names and values, in UTF-8."""
    item = cast("dict[str, dict[str, str]]", _item(replace(row, writer=digest("one", row.record))))
    return sum(len((name + "".join(value.values())).encode()) for name, value in item.items())


def watched(minutes: int) -> tuple[JobRecord, int]:
    """A job whose curve grew for so many ticks, and the most writes that one tick made to its item."""
    world, most = World(), 0
    machine = begun(world, run())
    for minute in range(minutes):
        put(world, job(world, machine), csv(*[2.0] * (minute + 3)))
        before = world.store.calls.count("save_job")
        watch(world)
        most = max(most, world.store.calls.count("save_job") - before)
        world.clock.advance(minutes=1)
    return job(world, machine), most


@pytest.fixture(scope="module")
def looked() -> tuple[int, int]:
    """Bytes of a large item, with a finding of every signal, and the writes of a tick."""
    found, writes = watched(30)
    request = replace(found.request, tags={**found.request.tags, **TAGS})
    large = replace(found, request=request, findings=tuple(finding(signal=signal) for signal in Signal))
    return bytes_of(rows.job_row(large)), writes


def index_units(size: int, writes: int) -> int:
    return writes * 2 * ceil(size / 1024)


@pytest.mark.fault(63)
def test_a_hundred_times_the_quota_of_jobs_is_written_within_a_share_of_the_partition(
    looked: tuple[int, int],
) -> None:
    size, writes = looked
    assert MOST_OPEN == 100 * QUOTA
    assert MOST_OPEN * index_units(size, writes) <= SHARE * WRITE_UNITS * TICK_SECONDS


@pytest.mark.fault(63)
def test_they_are_read_within_the_partition_even_if_it_were_in_one_second(looked: tuple[int, int]) -> None:
    size, _ = looked
    assert MOST_OPEN * size / 4096 / 2 <= READ_UNITS


@pytest.mark.fault(63)
def test_ten_thousand_would_not_fit_so_the_arithmetic_can_fail(looked: tuple[int, int]) -> None:
    size, writes = looked
    assert 10_000 * index_units(size, writes) > WRITE_UNITS * TICK_SECONDS
    assert 10_000 * size / 4096 / 2 > READ_UNITS


@pytest.mark.fault(63)
def test_a_quiet_tick_writes_no_run_so_that_the_partition_of_runs_is_only_read() -> None:
    world = World()
    begun(world, run())
    watch(world)
    before = len(world.store.calls)
    world.clock.advance(minutes=1)
    watch(world)
    written = [call for call in world.store.calls[before:] if call.startswith(("save_", "add_", "learn"))]
    assert written == ["save_job"]
