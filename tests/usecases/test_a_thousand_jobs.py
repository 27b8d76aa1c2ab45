"""A thousand open jobs: none is missed, those that waited longest come first, each tick ends in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.names import JobKey
from finetune_guard.core.plans import Stage
from finetune_guard.usecases.watch import tick
from tests.builders import plan, run, running
from tests.fakes.world import World
from tests.usecases.machine import watch_tools

JOBS = 1000
#: Looks that fit into one tick, when each takes a tenth of a second.
IN_ONE_TICK = 450


@pytest.mark.fault(17)
def test_of_a_thousand_open_jobs_each_is_judged_within_three_ticks_and_what_waits_is_told() -> None:
    world = World()
    for number in range(JOBS):
        key = JobKey(f"run-{number:04}-0000000000", Stage.FULL)
        job = running(run(plan=plan(rehearsal=None)), Stage.FULL)
        request = replace(job.request, job_name=key.job_name, model_name=key.model_name, token=key.token)
        arn = world.jobs.create(request)
        world.store.add_job(replace(job, key=key, request=request, arn=arn, intended_at=world.clock.now()))
    get = world.jobs.get

    def slow_get(identifier: str):  # type: ignore[no-untyped-def]
        world.clock.advance(seconds=0.1)
        return get(identifier)

    world.jobs.get = slow_get  # type: ignore[method-assign]
    judged, late = 0, []
    for _ in range(3):
        ticked = tick(watch_tools(world), world.clock.now() + timedelta(seconds=45))
        assert (ticked.open_jobs, ticked.errors, ticked.discarded) == (JOBS, [], 0)
        assert ticked.judged <= IN_ONE_TICK
        judged += ticked.judged
        late.append(ticked.overdue_seconds)
        world.clock.advance(seconds=15)
    looked = world.store.open_jobs()
    assert judged >= JOBS
    assert all(job.ticked_at for job in looked)
    assert late == sorted(late)
    assert late[-1] > 60
