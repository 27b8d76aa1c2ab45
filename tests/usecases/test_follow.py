from collections.abc import Callable
from dataclasses import replace

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, ServiceUnavailableError
from finetune_guard.core.runs import Run
from finetune_guard.usecases.follow import FAILURES_BORNE, Followed, FollowTools, Sight, follow
from tests import builders
from tests.cli.waiting import ScriptedWaiter, nothing
from tests.fakes.seam import Faults
from tests.fakes.world import World

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:run"


def begun() -> tuple[World, Run]:
    """An execution that runs, and the record that its machine is about to write."""
    world = World()
    arn = world.workflow.start(MACHINE, "one", "{}")
    return world, builders.run(execution_arn=arn)


def seen(world: World, run: Run, *steps: Callable[[], object], known: bool = True) -> list[Sight]:
    tools = FollowTools(world.store, world.workflow, world.clock, ScriptedWaiter(world.clock, steps))
    what = Followed(run.run_id, run.execution_arn if known else "")
    return list(follow(what, tools, interval=5))


def saved(world: World, run: Run, **changes: object) -> Callable[[], object]:
    def save() -> None:
        world.store.save_run(replace(world.store.run(run.run_id), jobs=(), **changes))  # type: ignore[arg-type]

    return save


def test_a_run_is_shown_before_its_record_is_written() -> None:
    world, run = begun()
    sights = seen(world, run, lambda: world.store.add_run(run))
    assert [sight.run is not None for sight in sights] == [False, True]


def test_only_what_has_changed_is_yielded() -> None:
    world, run = begun()
    world.store.add_run(run)
    sights = seen(world, run, nothing, nothing, saved(world, run, waits=1), nothing)
    assert len(sights) == 2
    assert sights[-1].run is not None
    assert sights[-1].run.waits == 1


def test_a_run_is_over_when_it_has_ended_and_its_report_is_written() -> None:
    world, run = begun()
    world.store.add_run(run)
    ended = saved(world, run, status=RunStatus.COMPLETED, ended_at=builders.later(hours=1))
    reported = saved(world, run, report_uri="s3://bucket/report.json")

    sights = seen(world, run, ended, reported, lambda: pytest.fail("it is over"))

    assert sights[-1].over
    assert sights[-1].run is not None
    assert sights[-1].run.report_uri


def test_an_ended_run_whose_execution_is_gone_needs_no_report_to_be_over() -> None:
    world, run = begun()
    world.store.add_run(replace(run, status=RunStatus.STOPPED, ended_at=builders.later(hours=1)))
    world.workflow.end(run.execution_arn, "ABORTED")
    assert seen(world, run)[-1].over


def test_an_execution_that_fails_before_there_is_a_record_is_the_end() -> None:
    world, run = begun()
    sights = seen(world, run, lambda: world.workflow.end(run.execution_arn, "FAILED", cause="boom"))
    assert sights[-1].over
    assert sights[-1].execution is not None
    assert sights[-1].execution.cause == "boom"


def test_a_silent_run_has_its_execution_looked_up_and_an_abort_is_seen() -> None:
    world, run = begun()
    world.store.add_run(run)
    steps = [lambda: world.workflow.end(run.execution_arn, "ABORTED"), *[nothing] * 15]
    sights = seen(world, run, *steps)
    assert sights[-1].execution_over
    assert not sights[-1].over


def test_a_run_known_by_its_id_only_is_followed_by_its_record() -> None:
    world, run = begun()
    world.store.add_run(run)
    assert seen(world, run, known=False)[0].run == world.store.run(run.run_id)


def test_a_run_that_does_not_exist_is_an_error() -> None:
    world, run = begun()
    with pytest.raises(NotFoundError):
        seen(world, run, known=False)


def test_a_service_that_fails_for_a_while_is_told_and_borne() -> None:
    world, run = begun()
    world.store.add_run(run)
    fault = ServiceUnavailableError("The table did not answer.")

    def breaks() -> None:
        world.seam.interrupt = Faults().add("store.run", fault)

    sights = seen(world, run, breaks, nothing)

    assert [sight.trouble for sight in sights] == ["", "The table did not answer.", ""]
    assert all(sight.run is not None for sight in sights)


def test_a_service_that_never_comes_back_ends_the_following() -> None:
    world, run = begun()
    world.store.add_run(run)
    faults = Faults()
    for _ in range(FAILURES_BORNE):
        faults.add("store.run", ServiceUnavailableError("no"))
    world.seam.interrupt = faults
    with pytest.raises(ServiceUnavailableError):
        seen(world, run, *[nothing] * (FAILURES_BORNE + 1))


def test_lost_rights_end_the_following_at_once() -> None:
    world, run = begun()
    world.seam.interrupt = Faults().add("store.run", AccessRefusedError("expired"))
    with pytest.raises(AccessRefusedError):
        seen(world, run, nothing)


def test_whoever_gives_up_waiting_is_let_go() -> None:
    world, run = begun()
    world.store.add_run(run)
    assert len(seen(world, run)) == 1


def test_the_record_of_a_run_that_is_being_taken_up_is_not_taken_for_its_new_end() -> None:
    world, run = begun()
    ended = replace(
        run, execution_arn="before", status=RunStatus.STOPPED, report_uri="s3://b/r", ended_at=builders.START
    )
    world.store.add_run(ended)
    sights = seen(
        world,
        run,
        saved(
            world,
            run,
            execution_arn=run.execution_arn,
            executions=("before",),
            status=RunStatus.RUNNING,
            report_uri="",
            ended_at=None,
        ),
    )
    assert [sight.run and sight.run.status for sight in sights] == [None, RunStatus.RUNNING]


def test_a_run_that_somebody_takes_up_is_followed_on() -> None:
    world, run = begun()
    world.store.add_run(replace(run, execution_arn="later", executions=(run.execution_arn,)))
    assert seen(world, run)[0].run is not None
