"""A right that was taken away, or a bucket that is gone, must not keep a job from being stopped."""

from dataclasses import replace

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.errors import (
    AccessRefusedError,
    NameTakenError,
    NotFoundError,
    ServiceError,
    ServiceUnavailableError,
)
from finetune_guard.core.jobs import StopReason
from finetune_guard.usecases.stop_run import StopTools, stop_run
from tests.builders import plan, run
from tests.cli.waiting import ScriptedWaiter
from tests.fakes.seam import Faults
from tests.fakes.world import World
from tests.usecases.machine import begun, csv, job, put, watch
from tests.usecases.test_watch import FULL_ARMED, goes_bad

LIMITED = run(plan=replace(plan(rehearsal=None), max_hours=1.0))
WHY = [AccessRefusedError("No."), NotFoundError("No bucket."), ServiceUnavailableError("Down.")]


@pytest.fixture
def world() -> World:
    return World()


def denied(world: World, error: ServiceError) -> Faults:
    faults = Faults().add("metrics.files", *[error] * 99)
    world.seam.interrupt = faults
    return faults


@pytest.mark.parametrize("error", WHY, ids=lambda error: type(error).__name__)
def test_a_job_whose_files_cannot_be_asked_for_is_stopped_at_its_limit_and_the_error_is_told(
    world: World, error: ServiceError
) -> None:
    machine = begun(world, LIMITED)
    put(world, job(world, machine), csv(2.0, 1.5))
    denied(world, error)
    world.clock.advance(hours=2)
    ticked = watch(world)
    assert world.jobs.calls.count("stop") == 1
    assert type(error).__name__ in ticked.errors[0]
    assert [alert.kind for alert in world.alerts.published] == [AlertKind.STOPPING]


def test_a_persons_order_is_carried_out_though_the_files_cannot_be_asked_for(world: World) -> None:
    machine = begun(world, run())
    denied(world, WHY[0])
    stop_run(machine.run_id, StopTools(world.store, world.clock, ScriptedWaiter(world.clock, [])))
    watch(world)
    assert world.jobs.calls.count("stop") == 1


def test_a_stop_that_bedrock_does_not_confirm_is_told_though_the_files_cannot_be_asked_for(
    world: World,
) -> None:
    machine = begun(world, LIMITED)
    denied(world, WHY[0]).add("jobs.stop", *[NameTakenError("Not now.")] * 99)
    world.clock.advance(hours=2)
    watch(world)
    world.clock.advance(minutes=31)
    watch(world)
    assert AlertKind.STOP_NOT_CONFIRMED in [alert.kind for alert in world.alerts.published]
    assert not job(world, machine).closed


def test_files_that_cannot_be_asked_for_say_nothing_about_a_job_that_goes_on(world: World) -> None:
    machine = begun(world, run())
    put(world, job(world, machine), csv(2.0, 1.5))
    watch(world)
    before = job(world, machine)
    denied(world, WHY[0])
    world.clock.advance(hours=9)
    ticked = watch(world)
    assert ticked.errors
    assert job(world, machine).findings == before.findings
    assert job(world, machine).ticked_at == before.ticked_at
    assert not world.alerts.published


@pytest.mark.parametrize("files_too", [True, False])
def test_a_job_is_stopped_at_its_limit_though_nothing_can_be_written_to_the_bucket(
    world: World, files_too: bool
) -> None:
    machine = begun(world, LIMITED)
    faults = Faults().add("journal.keep", *[WHY[0]] * 99)
    world.seam.interrupt = faults.add("metrics.files", *[WHY[0]] * 99) if files_too else faults
    world.clock.advance(hours=2)
    ticked = watch(world)
    assert world.jobs.calls.count("stop") == 1
    assert "AccessRefusedError" in ticked.errors[0]
    stop = job(world, machine).stop
    assert stop
    assert stop.reason is StopReason.MAX_HOURS


def test_a_job_is_not_stopped_for_its_curve_before_what_is_told_of_it_is_kept(world: World) -> None:
    machine = begun(world, FULL_ARMED)
    goes_bad(world, job(world, machine))
    world.seam.interrupt = Faults().add("journal.keep", *[WHY[0]] * 99)
    assert watch(world).errors
    assert world.jobs.calls.count("stop") == 0
