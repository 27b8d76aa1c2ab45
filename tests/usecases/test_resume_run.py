from dataclasses import replace

import pytest

from finetune_guard.core.decisions import DatedDecision, Mode, RunStatus
from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.runs import Run
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.clean_up import CleanUpTools, clean_up
from finetune_guard.usecases.preflight import Asked, preflight
from finetune_guard.usecases.resume_run import Resumption, resume_run
from tests.builders import START, closed, ended_as, run, segmented
from tests.fakes.seam import Calm, Crash, CrashAt, Faults, Seam
from tests.fakes.world import World
from tests.playing import played, scripted
from tests.usecases.long_run import preflight_tools

ARN = "arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun"
NAME = run().run_id


def failed(job: JobRecord) -> JobRecord:
    return ended_as(job, JobStatus.FAILED)


def failed_run(world: World) -> Run:
    """A run of three segments whose third failed; the model of the second is kept."""
    story = played(run(plan=segmented(3)), scripted(segment_3_0_0=failed))
    world.store.add_run(replace(story.run, jobs=()))
    for job in story.run.jobs:
        world.store.add_job(job)
        world.jobs.models |= {job.model} - {""}
    advance(NAME, AdvanceTools(world.store, world.clock))
    ended = world.store.run(NAME)
    assert (ended.status, ended.kept) == (RunStatus.FAILED, "segment-2-0-0")
    return ended


@pytest.fixture
def world() -> World:
    made = World()
    failed_run(made)
    return made


def resume(world: World, name: str = "two", run_id: str = NAME, mode: Mode = Mode.REHEARSE_THEN_RUN) -> Run:
    asked = Resumption(run_id, mode, f"{ARN}:{name}", world.clock.now())
    return resume_run(asked, world.store, world.clock)


def test_the_run_belongs_to_the_execution_that_takes_it_up(world: World) -> None:
    taken = resume(world)
    assert (taken.run_id, taken.attempt, taken.execution_arn) == (NAME, 1, f"{ARN}:two")
    assert taken.executions == (f"{ARN}:one",)
    assert taken == world.store.run(NAME)
    assert advance(NAME, AdvanceTools(world.store, world.clock)).action == "create"


def test_the_same_execution_asked_again_gets_the_run_that_it_has(world: World) -> None:
    assert resume(world) == resume(world)
    assert world.store.run(NAME).attempt == 1


def test_another_execution_gets_a_refused_run_of_its_own_while_the_run_goes_on(world: World) -> None:
    resume(world)
    refused = resume(world, "three")
    assert refused.run_id != NAME
    assert [problem.code for problem in refused.problems] == ["RE001"]
    assert "is going on" in refused.problems[0].message
    assert advance(refused.run_id, AdvanceTools(world.store, world.clock)).outcome == "refused"
    assert world.store.run(NAME).execution_arn == f"{ARN}:two"


def test_a_run_that_is_not_there_is_refused_with_advice(world: World) -> None:
    refused = resume(world, run_id="typo")
    assert "There is no such run" in refused.problems[0].message
    assert (refused.job_name, refused.plan) == ("resume typo", None)


def test_another_machine_may_not_take_it_up(world: World) -> None:
    assert "belongs to another machine" in resume(world, mode=Mode.MINI_RUN).problems[0].message
    assert world.store.run(NAME).ended


def test_a_completed_run_is_not_taken_up(world: World) -> None:
    world.store.rows.clear()
    story = played(run(plan=segmented(2)))
    done = DatedDecision(story.finish.decision, "run", START)
    ended = replace(story.run, jobs=(), status=RunStatus.COMPLETED, ended_at=START, decisions=(done,))
    world.store.add_run(replace(ended, kept=story.finish.kept))
    for job in story.run.jobs:
        world.store.add_job(job)
    assert "is over" in resume(world).problems[0].message


def test_the_model_that_was_kept_stays_while_the_run_goes_on_and_is_one_of_several_again(
    world: World,
) -> None:
    resume(world)
    second = next(job for job in world.store.run(NAME).jobs if job.key.short == "segment-2-0-0")
    assert second.throw_away
    clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    assert second.model in world.jobs.models


def test_a_model_that_was_marked_as_kept_for_good_is_one_of_several_again(world: World) -> None:
    world.clock.advance(hours=8 * 24)
    clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    kept = world.store.run(NAME).kept_job
    assert kept is not None
    assert not kept.throw_away
    taken = resume(world)
    assert taken.kept == ""
    assert all(job.throw_away for job in taken.jobs)


def test_a_better_model_takes_the_place_of_the_one_that_was_kept(world: World) -> None:
    resume(world)
    again = played(world.store.run(NAME), lambda job: closed(job, 0.9))
    for job in again.run.jobs[4:]:
        world.store.add_job(job)
        world.jobs.models.add(job.model)
    advance(NAME, AdvanceTools(world.store, world.clock))
    clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    stored = world.store.run(NAME)
    assert stored.kept == "segment-3-0-1"
    assert stored.kept_job is not None
    assert world.jobs.models == {stored.kept_job.model}


def test_somebody_elses_write_at_the_same_moment_is_told_and_nothing_is_half_done(world: World) -> None:
    world.seam.interrupt = Faults().add("store.save_run", StaleRecordError("somebody else"))
    with pytest.raises(StaleRecordError):
        resume(world)
    assert world.store.run(NAME).ended
    clean_up(CleanUpTools(world.store, world.jobs, world.clock))
    kept = world.store.run(NAME).kept_job
    assert kept is not None
    assert kept.model in world.jobs.models
    assert resume(world).attempt == 1


@pytest.mark.parametrize("nth", range(8))
def test_a_crash_after_any_call_is_made_good_by_asking_again(nth: int) -> None:
    world = World(seam=Seam())
    failed_run(world)
    calls = len(world.seam.calls)
    world.seam.interrupt = CrashAt(nth, "after")
    try:
        resume(world)
    except Crash:
        assert len(world.seam.calls) == calls + nth + 1
    world.seam.interrupt = Calm()
    taken = resume(world)
    assert (taken.attempt, taken.execution_arn) == (1, f"{ARN}:two")
    assert advance(NAME, AdvanceTools(world.store, world.clock)).action == "create"


def test_preflight_takes_a_run_up_for_an_input_that_names_one(world: World) -> None:
    asked = Asked({"resume": NAME}, Mode.REHEARSE_THEN_RUN, f"{ARN}:two", world.clock.now())
    assert preflight(asked, preflight_tools(world)).attempt == 1
