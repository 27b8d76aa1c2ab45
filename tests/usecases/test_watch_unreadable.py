"""Ticks over a table in which something cannot be read: it is told by name, and everything else goes on."""

import json
from collections.abc import Callable

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.observations import Control
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.knowledge import known_of
from finetune_guard.usecases.ticked import Ticked
from tests.builders import plan, run
from tests.fakes.store import Key, Row
from tests.fakes.world import World
from tests.usecases.machine import Machine, begun, csv, job, put, watch

OTHER = run(run_id="other-0000000000", execution_arn="arn:aws:states:us-west-2:1:execution:M:two")
ARMED = run(plan=plan(rehearsal=None, auto_stop=AutoStop.ON))
NEWER = '{"schema_version": 99, "remark": "what a person wrote"}'

SPOILINGS: dict[str, Callable[[str], str]] = {
    "damaged": lambda text: text[:40],
    "of a newer release": lambda text: json.dumps({**json.loads(text), "schema_version": 99}),
    "a status that nobody knows": lambda text: json.dumps({**json.loads(text), "status": "Zebra"}),
    "without a field": lambda text: json.dumps(dict(list(json.loads(text).items())[1:])),
    "without a record": lambda _: "",
}


@pytest.fixture
def world() -> World:
    return World()


def spoil(world: World, key: Key, spoiling: Callable[[str], str] = SPOILINGS["damaged"]) -> str:
    row = world.store.rows.get(key, Row("{}", 1, ("", "")))
    world.store.rows[key] = row._replace(text=spoiling(row.text))
    return world.store.rows[key].text


def minute(world: World, *machines: Machine) -> Ticked:
    ticked = watch(world)
    for machine in machines:
        while machine.step():
            pass
    world.clock.advance(minutes=1)
    return ticked


@pytest.mark.fault(8)
@pytest.mark.parametrize("spoiling", SPOILINGS)
@pytest.mark.parametrize("what", ["RUN", "JOB", "ALERT"])
def test_the_other_run_goes_to_its_end_and_each_tick_names_what_it_cannot_read(
    world: World, what: str, spoiling: str
) -> None:
    bad, good = begun(world, run()), begun(world, OTHER)
    world.workflow.end(world.store.run(bad.run_id).execution_arn, "ABORTED")
    key = next(
        key for key in [*world.store.rows, ("ALERT", bad.run_id, "a1")] if key[:2] == (what, bad.run_id)
    )
    text = spoil(world, key, SPOILINGS[spoiling] if what != "ALERT" else lambda _: NEWER)
    for _ in range(2):
        world.jobs.complete(job(world, good).arn or "")
        put(world, job(world, good), csv(2.0, 1.5, 1.2))
        ticks = [minute(world, good) for _ in range(4)]
        assert all(any(bad.run_id in error for error in ticked.errors) for ticked in ticks)
        if good.state != "Ended":
            world.jobs.train(job(world, good).arn or "")
    assert good.state == "Ended"
    assert AlertKind.RUN_COMPLETED in [alert.kind for alert in world.alerts.published]
    assert world.store.rows[key].text == text
    assert not any("Zebra" in error or "remark" in error for error in ticks[-1].errors)


def test_a_job_that_diverges_is_stopped_although_another_of_its_run_cannot_be_read(world: World) -> None:
    machine = begun(world, ARMED)
    world.store.rows["JOB", machine.run_id, "rehearsal-0-0"] = Row("{", 1, ("", ""))
    put(world, _job(world), csv(2.0))
    watch(world)
    put(world, _job(world), csv(2.0, 50.0, 60.0))
    assert watch(world).stops == 1
    assert AlertKind.STOPPING in [alert.kind for alert in world.alerts.published]


def _job(world: World):  # type: ignore[no-untyped-def]
    (found,) = world.store.open_jobs()
    return found


@pytest.mark.fault(90)
@pytest.mark.parametrize("text", ["{", NEWER, ""])
def test_while_the_kill_switch_cannot_be_read_nothing_is_stopped_and_it_is_said(
    world: World, text: str
) -> None:
    machine = begun(world, ARMED)
    world.store.rows["CONTROL",] = Row(text, 1, ("", ""))
    put(world, job(world, machine), csv(2.0))
    watch(world)
    put(world, job(world, machine), csv(2.0, 50.0, 60.0))
    ticked = watch(world)
    assert (ticked.stops, ticked.judged) == (0, 1)
    assert "no job is stopped" in ticked.errors[0]
    assert AlertKind.STOP_HELD_BACK in [alert.kind for alert in world.alerts.published]
    del world.store.rows["CONTROL",]
    assert watch(world).stops == 1


@pytest.mark.fault(90)
def test_while_the_stops_of_the_hour_cannot_be_read_none_is_added_and_a_mail_says_why(world: World) -> None:
    machine = begun(world, ARMED)
    world.store.rows["BREAKER",] = Row("{", 1, ("", ""))
    put(world, job(world, machine), csv(2.0))
    watch(world)
    put(world, job(world, machine), csv(2.0, 50.0, 60.0))
    ticked = watch(world)
    assert ticked.stops == 0
    assert "BREAKER" in ticked.errors[0]
    (mail,) = (alert for alert in world.alerts.published if alert.kind is AlertKind.BREAKER_TRIPPED)
    assert "cannot be read" in mail.text
    del world.store.rows["BREAKER",]
    assert watch(world).stops == 1


@pytest.mark.parametrize("text", ["{", NEWER])
def test_a_job_is_closed_although_what_is_known_of_its_base_cannot_be_read_nor_written_over(
    world: World, text: str
) -> None:
    machine = begun(world, run())
    key = ("BASE", job(world, machine).request.base_model_id)
    world.store.rows[key] = Row(text, 1, ("", ""))
    world.jobs.complete(job(world, machine).arn or "")
    put(world, job(world, machine), csv(2.0, 1.5, 1.2))
    watch(world)
    ticked = watch(world)
    assert job(world, machine).closed
    assert key[1] in ticked.errors[0]
    assert world.store.rows[key].text == text
    assert known_of(key[1], world.store).jobs_seen == 0


def test_the_clean_up_deletes_the_other_models_and_names_what_it_cannot_read(world: World) -> None:
    for of in (run(), OTHER):
        machine = begun(world, of)
        world.jobs.complete(job(world, machine).arn or "")
        put(world, job(world, machine), csv(2.0, 1.5, 1.2))
        minute(world, machine), minute(world, machine)
    spoil(world, ("JOB", run().run_id, "rehearsal-0-0"))
    tidied = clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    assert len(tidied.deleted) == 1
    assert [run().run_id in error for error in tidied.errors] == [True]


def test_a_switch_that_was_damaged_is_as_good_as_on_until_it_is_set_anew(world: World) -> None:
    world.store.rows["CONTROL",] = Row("{", 1, ("", ""))
    assert watch(world).errors
    world.store.set_control(Control())
    assert watch(world).errors == []
