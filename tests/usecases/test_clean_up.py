from dataclasses import replace

import pytest

from finetune_guard.core.errors import AccessRefusedError
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.names import JobKey
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.clean_up import CleanedUp, CleanUpTools, clean_up
from tests.builders import START, closed, completed, ended_as, intent, run, segmented
from tests.fakes.seam import Faults
from tests.fakes.world import World

REHEARSAL = completed()
FULL = completed(stage=Stage.FULL)


@pytest.fixture
def world() -> World:
    made = World()
    made.store.add_run(run())
    for job in (REHEARSAL, FULL):
        made.store.add_job(job)
        made.jobs.models.add(job.model_arn or "")
    return made


def clean(world: World) -> CleanedUp:
    return clean_up(CleanUpTools(world.store, world.jobs, world.clock))


def test_a_rehearsal_s_model_is_deleted_once_and_the_run_s_own_is_kept(world: World) -> None:
    assert clean(world).deleted == (REHEARSAL.model_arn,)
    assert world.jobs.models == {FULL.model_arn}
    assert clean(world) == CleanedUp((), ())


def test_a_model_that_may_not_be_deleted_now_is_tried_again(world: World) -> None:
    world.seam.interrupt = Faults().add("jobs.delete_model", AccessRefusedError("no"))
    assert len(clean(world).errors) == 1
    assert clean(world).deleted == (REHEARSAL.model_arn,)


def test_a_deletion_that_was_not_written_down_is_repeated_without_harm(world: World) -> None:
    world.jobs.models.discard(REHEARSAL.model_arn or "")
    assert clean(world).deleted == (REHEARSAL.model_arn,)


def models_after(world: World) -> list[str]:
    """Short keys of the jobs whose models are there after a clean-up."""
    clean(world)
    jobs = world.store.run(run().run_id).jobs
    return [job.key.short for job in jobs if job.model_arn in world.jobs.models]


def thrown_away(world: World) -> list[str]:
    """Short keys of the jobs whose models are to be deleted, or were."""
    return [job.key.short for job in world.store.run(run().run_id).jobs if job.throw_away]


def segment(of: Run, number: int, loss: float) -> JobRecord:
    """The job that the run wants next, which is this segment, completed."""
    action = next_action(of, START)
    assert isinstance(action, Create)
    assert action.jobs[0].key.segment == number
    return closed(action.jobs[0], loss)


def add(world: World, job: JobRecord) -> None:
    world.store.add_job(job)
    world.jobs.models.add(job.model_arn or "")


def test_through_a_segmented_run_the_best_and_the_last_stay_and_at_its_end_the_best() -> None:
    world = World()
    world.store.add_run(run(plan=segmented(4, rehearsal=None)))
    left = []
    for number, loss in enumerate((1.0, 1.02, 0.9, 0.92), 1):
        add(world, segment(world.store.run(run().run_id), number, loss))
        left.append(models_after(world))
    assert left == [
        ["segment-1-0-0"],
        ["segment-1-0-0", "segment-2-0-0"],
        ["segment-3-0-0"],
        ["segment-3-0-0", "segment-4-0-0"],
    ]
    advance(run().run_id, AdvanceTools(world.store, world.clock))
    assert models_after(world) == ["segment-3-0-0"]


def test_a_failed_run_s_models_go_after_a_week_but_for_the_one_that_is_kept() -> None:
    world = World()
    world.store.add_run(run(plan=segmented(3, rehearsal=None)))
    for number, loss in ((1, 1.0), (2, 1.02)):
        add(world, segment(world.store.run(run().run_id), number, loss))
    third = segment(world.store.run(run().run_id), 3, 1.0)
    world.store.add_job(ended_as(third, JobStatus.FAILED))
    advance(run().run_id, AdvanceTools(world.store, world.clock))
    assert models_after(world) == ["segment-1-0-0", "segment-2-0-0"]
    assert thrown_away(world) == ["segment-1-0-0", "segment-2-0-0", "segment-3-0-0"]
    world.clock.advance(hours=7 * 24)
    assert models_after(world) == ["segment-1-0-0"]
    assert thrown_away(world) == ["segment-2-0-0", "segment-3-0-0"]


def test_the_model_that_a_completed_run_is_left_with_is_marked_once_and_looked_at_no_more() -> None:
    world = World()
    world.store.add_run(run(plan=segmented(2, rehearsal=None)))
    for number, loss in ((1, 1.0), (2, 0.9)):
        add(world, segment(world.store.run(run().run_id), number, loss))
    advance(run().run_id, AdvanceTools(world.store, world.clock))
    assert models_after(world) == ["segment-2-0-0"]
    assert thrown_away(world) == ["segment-1-0-0"]
    assert world.store.models_to_delete() == ()


def test_one_model_that_cannot_be_deleted_keeps_no_other_from_being_deleted(world: World) -> None:
    probe = closed(replace(intent(), key=JobKey(run().run_id, Stage.PROBE)))
    add(world, replace(probe, model_arn=f"{probe.model_arn}-probe"))
    world.seam.interrupt = Faults().add("jobs.delete_model", AccessRefusedError("no"))
    cleaned = clean(world)
    assert (len(cleaned.deleted), len(cleaned.errors)) == (1, 1)
