import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.advance import Advanced, AdvanceTools, advance
from tests.builders import completed, run, running
from tests.fakes.world import World

PROBLEM = Problem("HP001", "error", "base_model_id", "x", "cannot be tuned.", "", "docs")


@pytest.fixture
def world() -> World:
    return World()


def ask(world: World) -> Advanced:
    return advance(run().run_id, AdvanceTools(world.store, world.clock))


def test_a_new_run_is_told_to_create(world: World) -> None:
    world.store.add_run(run())
    assert ask(world).action == "create"


def test_a_run_with_an_open_job_is_told_to_wait(world: World) -> None:
    world.store.add_run(run())
    world.store.add_job(running())
    assert ask(world).action == "wait"


def test_the_decision_about_a_rehearsal_is_written_down_once(world: World) -> None:
    world.store.add_run(run())
    world.store.add_job(completed())
    assert ask(world).action == ask(world).action == "create"
    (decided,) = world.store.run(run().run_id).decisions
    assert (decided.about, decided.decision.policy) == ("rehearsal-0-0", "rehearsal.healthy")


def test_a_refused_config_ends_the_run_and_says_so_again_when_asked_again(world: World) -> None:
    world.store.add_run(run(problems=(PROBLEM,), plan=None))
    assert ask(world) == ask(world) == Advanced(run().run_id, "finish", "refused")
    stored = world.store.run(run().run_id)
    assert (stored.status, stored.ended_at) == (RunStatus.REFUSED, world.clock.now())
    assert len(stored.decisions) == 1


def test_a_run_that_nobody_knows_is_an_error(world: World) -> None:
    with pytest.raises(NotFoundError):
        ask(world)
