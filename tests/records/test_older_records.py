"""Records of every release that is kept are read, acted on, and their runs go on to their ends."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.stored import JOB, Document, read
from finetune_guard.core.wire import plain
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.ticked import Ticked
from finetune_guard.usecases.watch import tick
from tests.builders import later
from tests.contracts import moto_world
from tests.fakes.world import World
from tests.records.kept import FILES, Item, items, machines, world_of
from tests.usecases.machine import Machine, csv, put, watch, watch_tools

every_release = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def held(old: object, new: object) -> bool:
    """Whether all that an old document says is in the new one, as it was."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and held(value, new[key]) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(held, old, new))
    return old == new


def test_there_are_records_of_an_older_release_and_of_every_kind() -> None:
    assert len(FILES) >= 2
    for path in FILES:
        assert {item.shape.kind.__name__ for item in items(path)} == {
            "Run",
            "JobRecord",
            "Alert",
            "BaseModelFacts",
            "Control",
        }


@every_release
def test_every_record_is_read_and_nothing_that_it_said_is_lost_when_it_is_written_again(path: Path) -> None:
    for item in items(path):
        assert held(json.loads(item.record), plain(item.value)), item.name


def go_on(world: World, machine: Machine) -> None:
    """One job of the run ends as it should, or is stopped where that was ordered."""
    for job in world.store.run(machine.run_id).jobs:
        if job.closed or job.arn is None:
            continue
        if world.jobs.described[job.arn].status == "Stopping":
            world.jobs.advance(job.arn)
        elif world.jobs.described[job.arn].status == "InProgress":
            put(world, job, csv(2.0, 1.5, 1.2))
            world.jobs.complete(job.arn)


@every_release
def test_runs_of_an_older_release_go_on_to_their_ends_and_no_job_is_created_twice(path: Path) -> None:
    world = world_of(path)
    waiting = machines(world)
    before = {job.token for job in world.jobs.requests.values()}
    for _ in range(12):
        for machine in waiting:
            go_on(world, machine)
        assert watch(world).errors == []
        world.clock.advance(minutes=1)
        for machine in waiting:
            while machine.step():
                pass
    created = [job.token for job in world.jobs.requests.values() if job.token not in before]
    ends = {machine.run_id.split("-")[0]: world.store.run(machine.run_id) for machine in waiting}
    assert {name: run.status for name, run in ends.items()} == {
        "rehearses": RunStatus.COMPLETED,
        "trains": RunStatus.COMPLETED,
        "stops": RunStatus.STOPPED,
    }
    assert len(created) == len(set(created)) == 1  # the full run of the one that rehearsed
    assert all(ends[name].kept_job for name in ("rehearses", "trains"))
    assert world.store.pending_alerts() == ()


@every_release
def test_the_clean_up_over_older_records_deletes_no_model_that_a_run_kept(path: Path) -> None:
    world = world_of(path)
    kept = {job.model for job in world.store.run("ended-0123456789").jobs if not job.throw_away}
    tidied = clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    assert tidied.errors == ()
    assert len(kept) == 1
    assert kept <= world.jobs.models


@every_release
def test_a_tick_over_older_items_in_dynamodb_judges_every_open_job(path: Path) -> None:
    world = world_of(path)
    machines(world)
    with moto_world.aws() as clients:
        table = moto_world.table(clients)
        for item in items(path):
            clients.dynamodb.put_item(TableName=table, Item=stored(item))
        store = DynamoRuns(DynamoTable(clients.dynamodb, table, "this release"))
        tools = replace(watch_tools(world), store=store)
        ticked: Ticked = tick(tools, later(hours=1))
        assert (ticked.errors, ticked.judged, ticked.discarded) == ([], 3, 0)
        assert ticked.sent == len([item for item in items(path) if item.due_pk == "ALERT#PENDING"])
        assert {job.schema_version for job in store.open_jobs()} == {1}


def stored(item: Item) -> dict[str, dict[str, str]]:
    texts = {
        "pk": item.pk,
        "sk": item.sk,
        "record": item.record,
        "due_pk": item.due_pk,
        "due_sk": item.due_sk,
    }
    there = {name: {"S": text} for name, text in texts.items() if text}
    return {**there, "version": {"N": str(item.version)}}


def renamed(document: Document) -> Document:
    """What a next version might do: a field has another name."""
    return {("settled_reads" if key == "settled" else key): value for key, value in document.items()}


@every_release
def test_if_the_next_version_gave_a_field_another_name_todays_records_would_be_read(path: Path) -> None:
    """As if today's shape were version 2, and version 1 had called `settled_reads` otherwise."""
    next_shape = replace(JOB, version=2, migrations={1: renamed})
    for item in (item for item in items(path) if item.shape is JOB):
        now: JobRecord = item.value
        before = item.record.replace('"settled_reads":', '"settled":')
        assert before != item.record
        assert read(before, next_shape, item.name) == replace(now, schema_version=2)


def test_a_field_of_a_later_release_is_read_over_and_gone_once_this_release_writes_the_record() -> None:
    """The mixed minutes of a deployment: docs/upgrade.md says what follows from it."""
    world = world_of(FILES[-1])
    machines(world)
    for key, row in list(world.store.rows.items()):
        world.store.rows[key] = row._replace(text=row.text[:-1] + ',"from_a_later_release":1}')
    before = {job.key: job for job in world.store.open_jobs()}
    assert watch(world).errors == []
    after = {job.key: job for job in world.store.open_jobs()}
    assert after.keys() == before.keys()
    assert all(after[key].request == before[key].request for key in before)
    written = [row.text for key, row in world.store.rows.items() if row.writer[0] == world.store.writer]
    assert written
    assert not any("from_a_later_release" in text for text in written)
