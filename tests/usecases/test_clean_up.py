import pytest

from finetune_guard.core.errors import AccessRefusedError
from finetune_guard.core.plans import Stage
from finetune_guard.usecases.clean_up import CleanedUp, CleanUpTools, clean_up
from tests.builders import completed, run
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
