import json
from dataclasses import replace
from pathlib import Path

from click.testing import Result

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.runs import Run
from finetune_guard.usecases.resume_run import Resumption, resume_run
from tests import builders, example_runs
from tests.cli.session import MACHINE, FakeSession, typed
from tests.cli.waiting import nothing
from tests.fakes.world import World

STOPPED = example_runs.ended_by_a_person()


def kept(run: Run) -> FakeSession:
    """The run in the table; a machine that takes it up, and then ends it, as a person waits."""
    world = World()
    world.store.add_run(replace(run, jobs=()))
    for job in run.jobs:
        world.store.add_job(job)

    def take_up() -> None:
        (arn,) = world.workflow.executions
        asked = Resumption(run.run_id, run.mode, arn, world.clock.now())
        resume_run(asked, world.store, world.clock)

    def end() -> None:
        taken_up = world.store.run(run.run_id)
        ended = replace(
            taken_up,
            jobs=(),
            status=RunStatus.COMPLETED,
            ended_at=world.clock.now(),
            kept="segment-1-0-0",
            report_uri="s3://guard-bucket/runs/r/report.json",
        )
        world.store.save_run(ended)

    return FakeSession(world, [nothing, take_up, nothing, end])


def resume(session: FakeSession, logs: Path, *words: str) -> Result:
    return typed(session, "resume", STOPPED.run_id, "--log-dir", logs, *words)


def test_a_run_is_taken_up_by_its_own_machine_and_followed_to_its_end(tmp_path: Path) -> None:
    session = kept(STOPPED)
    result = resume(session, tmp_path)
    assert result.exit_code == 0, result.output
    ((arn, document),) = session.world.workflow.inputs.items()
    assert json.loads(document) == {"resume": STOPPED.run_id}
    assert arn.startswith(MACHINE.replace("stateMachine", "execution") + STOPPED.mode)
    assert STOPPED.run_id in arn
    assert "COMPLETED: support-bot" in result.stdout


def test_the_old_end_is_not_taken_for_the_new_one(tmp_path: Path) -> None:
    reported = replace(STOPPED, report_uri="s3://guard-bucket/runs/r/report.json")
    result = resume(kept(reported), tmp_path)
    assert "STOPPED: support-bot" not in result.stdout
    assert "COMPLETED: support-bot" in result.stdout


def test_what_was_spent_and_what_comes_next_is_said_before(tmp_path: Path) -> None:
    result = resume(kept(STOPPED), tmp_path)
    assert "ended as stopped; spent so far: about $5.70 (at most $7.50)." in result.stdout
    assert "Created next: segment 2 of 3, resumed, about $3.00." in result.stdout


def test_a_job_that_still_runs_is_said_to_be_watched_on(tmp_path: Path) -> None:
    run = builders.run(jobs=(builders.running(),), aborted=True)
    result = resume(kept(run), tmp_path)
    assert "was aborted" in result.stdout
    assert "Watched on: rehearsal, training." in result.stdout


def test_a_run_that_has_nothing_left_to_take_up_is_refused_at_once(tmp_path: Path) -> None:
    session = kept(example_runs.keep_best())
    result = resume(session, tmp_path)
    assert result.exit_code == 3
    assert "nothing of it can be taken up" in result.stdout
    assert session.world.workflow.inputs == {}


def test_a_run_that_goes_on_is_refused_and_machines_get_the_problem(tmp_path: Path) -> None:
    result = resume(kept(builders.run()), tmp_path, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 3
    assert (told["ok"], told["problems"][0]["code"]) == (False, "RE001")


def test_a_run_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    assert resume(FakeSession(World()), tmp_path).exit_code == 1


def test_an_execution_that_ends_without_taking_it_up_is_told(tmp_path: Path) -> None:
    session = kept(STOPPED)

    def refuse() -> None:
        (arn,) = session.world.workflow.executions
        session.world.workflow.end(arn, "FAILED", cause="Run is going on.")

    session.waiter().steps.clear()
    session.waiter().steps.extend([refuse, nothing])
    result = resume(session, tmp_path)
    assert result.exit_code == 1
    assert "Run is going on." in result.stdout
