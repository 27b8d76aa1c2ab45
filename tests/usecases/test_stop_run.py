from dataclasses import replace

import pytest

from finetune_guard.core.errors import NotFoundError, StaleRecordError
from finetune_guard.core.jobs import JobStatus, StopOrder, StopReason
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from finetune_guard.usecases.stop_run import TRIES, StopTools, await_stops, stop_run, stoppable
from tests import builders
from tests.cli.waiting import ScriptedWaiter, Step, nothing
from tests.fakes.seam import Faults
from tests.fakes.world import World


def with_jobs() -> tuple[World, Run]:
    """A run whose rehearsal is over and whose full run goes on."""
    world, run = World(), builders.run()
    world.store.add_run(run)
    world.store.add_job(builders.completed(run))
    world.store.add_job(builders.running(run, Stage.FULL))
    return world, run


def tools(world: World, *steps: Step) -> StopTools:
    return StopTools(world.store, world.clock, ScriptedWaiter(world.clock, steps))


def test_only_what_runs_is_ordered_to_stop_and_by_a_person() -> None:
    world, run = with_jobs()

    stopped = stop_run(run.run_id, tools(world))

    rehearsal, full = stopped.of(Stage.REHEARSAL)[0], stopped.of(Stage.FULL)[0]
    assert rehearsal.stop is None
    assert full.stop is not None
    assert (full.stop.reason, full.stop.decided_at) == (StopReason.PERSON, world.clock.now())


def test_the_order_only_writes_the_record_and_calls_no_stop() -> None:
    world, run = with_jobs()
    stop_run(run.run_id, tools(world))
    assert "jobs.stop" not in world.seam.calls


def test_an_order_that_stands_is_not_written_again() -> None:
    world, run = with_jobs()
    first = stop_run(run.run_id, tools(world))
    world.clock.advance(minutes=1)
    assert stop_run(run.run_id, tools(world)) == first


def test_an_order_that_loses_against_a_tick_is_tried_again() -> None:
    world, run = with_jobs()
    world.seam.interrupt = Faults().add("store.save_job", StaleRecordError("a tick was first"))
    assert stop_run(run.run_id, tools(world)).of(Stage.FULL)[0].stop is not None


def test_an_order_that_always_loses_is_an_error() -> None:
    world, run = with_jobs()
    faults = Faults()
    for _ in range(TRIES):
        faults.add("store.save_job", StaleRecordError("a tick was first"))
    world.seam.interrupt = faults
    with pytest.raises(StaleRecordError):
        stop_run(run.run_id, tools(world))


def test_a_run_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(NotFoundError):
        stop_run("no-such-run", tools(World()))


def test_a_finished_job_cannot_be_stopped() -> None:
    run = builders.run(
        jobs=(builders.completed(), builders.running(stage=Stage.FULL, status=JobStatus.FAILED))
    )
    assert stoppable(run) == ()


def test_waiting_ends_when_bedrock_has_confirmed() -> None:
    world, run = with_jobs()
    stop_run(run.run_id, tools(world))

    def confirm() -> None:
        job = world.store.run(run.run_id).of(Stage.FULL)[0]
        assert job.stop is not None
        done = replace(job.stop, confirmed_at=world.clock.now(), outcome="Stopped")
        world.store.save_job(replace(job, stop=done, status=JobStatus.STOPPED))

    looks = list(await_stops(run.run_id, tools(world, nothing, confirm), interval=5))

    assert len(looks) == 3
    stop = looks[-1].of(Stage.FULL)[0].stop
    assert stop is not None
    assert stop.outcome == "Stopped"


def test_a_job_that_is_lost_does_not_keep_anybody_waiting() -> None:
    world, run = with_jobs()
    job = stop_run(run.run_id, tools(world)).of(Stage.FULL)[0]
    assert isinstance(job.stop, StopOrder)
    world.store.save_job(replace(job, status=JobStatus.LOST, closed=True))
    assert len(list(await_stops(run.run_id, tools(world, nothing), interval=5))) == 1
