import json
from dataclasses import replace

from finetune_guard.core.next_action import Create
from finetune_guard.core.runs import Run
from finetune_guard.usecases.start_again import AgainTools, prospect, start_again
from tests import builders, example_runs
from tests.fakes.world import World

MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:RehearseThenRun"


def tools(run: Run) -> AgainTools:
    world = World()
    world.store.add_run(replace(run, jobs=()))
    for job in run.jobs:
        world.store.add_job(job)
    return AgainTools(world.store, world.workflow, world.clock)


def test_a_stopped_run_can_be_taken_up_and_says_which_job_comes_next() -> None:
    run = example_runs.ended_by_a_person()
    found = prospect(run.run_id, tools(run))
    assert found.problem is None
    assert isinstance(found.action, Create)
    assert [job.key.short for job in found.action.jobs] == ["segment-2-0-1"]


def test_looking_changes_nothing() -> None:
    run = example_runs.ended_by_a_person()
    given = tools(run)
    before = given.store.run(run.run_id)
    prospect(run.run_id, given)
    assert given.store.run(run.run_id) == before


def test_a_run_that_goes_on_cannot_be_taken_up() -> None:
    found = prospect(builders.run().run_id, tools(builders.run()))
    assert found.problem
    assert found.action is None
    assert "is going on" in found.problem.message


def test_the_machine_gets_the_run_in_place_of_a_config_under_a_name_of_run_and_time() -> None:
    run = example_runs.ended_by_a_person()
    world = World()
    started = start_again(run, MACHINE, AgainTools(world.store, world.workflow, world.clock))
    assert started.run_id == run.run_id
    assert json.loads(world.workflow.inputs[started.execution_arn]) == {"resume": run.run_id}
    assert started.execution_arn.rpartition(":")[2].startswith(f"{run.run_id}-20")
