import pytest

from finetune_guard.core.errors import NotFoundError, ServiceUnavailableError
from tests import builders
from tests.fakes.seam import Calm, Crash, CrashAt, Faults, Seam
from tests.fakes.world import World


def test_every_call_of_every_fake_is_noted_in_order() -> None:
    world = World()
    world.store.add_run(builders.run())
    world.bell.ring()
    assert world.seam.calls == ["store.add_run", "bell.ring"]
    assert world.store.calls == ["add_run"]


def test_a_crash_before_a_call_leaves_the_world_as_it_was() -> None:
    world = World(seam=Seam(CrashAt(1, "before")))
    world.bell.ring()
    with pytest.raises(Crash, match=r"before call 1, before store\.add_run"):
        world.store.add_run(builders.run())
    assert world.store.rows == {}


def test_a_crash_after_a_call_leaves_its_effect() -> None:
    world = World(seam=Seam(CrashAt(1, "after")))
    world.bell.ring()
    with pytest.raises(Crash, match=r"after call 1, store\.add_run"):
        world.store.add_run(builders.run())
    world.seam.interrupt = Calm()
    assert world.store.run(builders.run().run_id).version == 1


def test_a_crash_after_a_call_that_was_refused_comes_before_the_next_one() -> None:
    world = World(seam=Seam(CrashAt(0, "after")))
    with pytest.raises(NotFoundError):
        world.store.run("no such run")
    with pytest.raises(Crash, match="after call 0, before bell"):
        world.bell.ring()
    assert world.bell.rings == 0


def test_a_crash_is_not_seen_by_code_that_catches_every_exception() -> None:
    assert not issubclass(Crash, Exception)


def test_a_scripted_fault_is_raised_once_at_its_call() -> None:
    fault = ServiceUnavailableError("throttled")
    world = World(seam=Seam(Faults().add("bell.ring", fault)))
    world.store.control()
    with pytest.raises(ServiceUnavailableError):
        world.bell.ring()
    world.bell.ring()
    assert world.bell.rings == 1


def test_the_index_may_lag_behind_what_is_read_consistently() -> None:
    world = World()
    world.store.freeze_index()
    run = world.store.add_run(builders.run())
    assert world.store.open_runs() == ()
    assert world.store.run(run.run_id) == run
    world.store.thaw_index()
    assert world.store.open_runs() == (run,)
