import pytest

from finetune_guard.core.errors import StaleRecordError
from finetune_guard.usecases.await_run import TRIES, AwaitTools, await_run
from tests.builders import run, running
from tests.fakes.seam import Faults
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    made = World()
    made.store.add_run(run())
    made.store.add_job(running())
    return made


def wait(world: World, token: str) -> int:
    return await_run(run().run_id, token, AwaitTools(world.store, world.bell, world.clock))


@pytest.mark.fault(75)
def test_the_token_is_stored_with_a_number_before_the_watch_is_rung_for(world: World) -> None:
    assert wait(world, "one") == 1
    assert world.seam.calls[-2:] == ["store.save_run", "bell.ring"]
    stored = world.store.run(run().run_id).wait
    assert stored and (stored.number, stored.token, stored.jobs) == (1, "one", 1)


def test_each_wait_has_a_number_of_its_own(world: World) -> None:
    assert [wait(world, "one"), wait(world, "two")] == [1, 2]
    stored = world.store.run(run().run_id).wait
    assert stored and stored.token == "two"


def test_a_run_that_others_write_is_read_again(world: World) -> None:
    world.seam.interrupt = Faults().add("store.save_run", *[StaleRecordError("newer")] * (TRIES - 1))
    assert wait(world, "one") == 1


def test_a_run_that_others_write_for_ever_is_an_error_and_rings_nobody(world: World) -> None:
    world.seam.interrupt = Faults().add("store.save_run", *[StaleRecordError("newer")] * TRIES)
    with pytest.raises(StaleRecordError):
        wait(world, "one")
    assert world.bell.rings == 0
