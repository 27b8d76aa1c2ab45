"""Whoever can write below a job's output must not be able to keep the watch from stopping it."""

from dataclasses import replace

import pytest

from finetune_guard.core.errors import RequestRejectedError
from finetune_guard.core.findings import Signal
from finetune_guard.core.jobs import JobStatus
from tests.builders import plan, run
from tests.fakes.seam import Faults
from tests.fakes.world import World
from tests.usecases.machine import begun, csv, job, put, watch

TOO_LARGE = RequestRejectedError("The metric files at s3://b/k have 99 bytes, at most 9 are read.")
SHORT = run(plan=replace(plan(rehearsal=None), max_hours=1.0))


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("call", ["metrics.read", "metrics.files"])
def test_a_job_whose_files_are_refused_is_still_stopped_at_its_limit(world: World, call: str) -> None:
    machine = begun(world, SHORT)
    put(world, job(world, machine), csv(2.0, 1.5))
    world.seam.interrupt = Faults().add(call, *[TOO_LARGE] * 9)
    world.clock.advance(hours=2)
    watch(world)

    assert job(world, machine).stop
    assert world.jobs.calls.count("stop") == 1


def test_a_person_is_told_once_that_the_files_are_not_read(world: World) -> None:
    machine = begun(world, run())
    put(world, job(world, machine), csv(2.0, 1.5))
    world.seam.interrupt = Faults().add("metrics.files", *[TOO_LARGE] * 9)
    for _ in range(3):
        watch(world)
        world.clock.advance(minutes=1)

    [finding] = job(world, machine).findings
    assert finding.signal is Signal.COULD_NOT_JUDGE
    assert "at most 9 are read" in finding.sentence
    assert len(world.alerts.published) == 1


def test_a_job_that_ended_with_such_files_is_closed_as_never_seen(world: World) -> None:
    machine = begun(world, run())
    world.jobs.complete(job(world, machine).arn or "")
    world.seam.interrupt = Faults().add("metrics.files", *[TOO_LARGE] * 99)
    for _ in range(20):
        watch(world)
        world.clock.advance(minutes=1)

    seen = job(world, machine)
    assert (seen.status, seen.closed, seen.verdict) == (JobStatus.COMPLETED, True, "inconclusive")
