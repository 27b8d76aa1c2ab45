import json
from dataclasses import replace

from finetune_guard.core.jobs import JobStatus, StopReason
from finetune_guard.core.observations import Control
from finetune_guard.core.plans import Stage
from tests import builders
from tests.cli.session import FakeSession, typed
from tests.fakes.world import World


def with_a_running_job() -> FakeSession:
    world, run = World(), builders.run()
    world.store.add_run(run)
    world.store.add_job(builders.completed(run))
    world.store.add_job(builders.running(run, Stage.FULL))

    def confirm() -> None:
        job = world.store.run(run.run_id).of(Stage.FULL)[0]
        assert job.stop is not None
        stop = replace(
            job.stop, called_at=world.clock.now(), confirmed_at=world.clock.now(), outcome="Stopped"
        )
        world.store.save_job(replace(job, stop=stop, status=JobStatus.STOPPED))

    return FakeSession(world, [confirm])


RUN = builders.run().run_id


def test_the_order_is_written_and_its_confirmation_waited_for() -> None:
    session = with_a_running_job()
    result = typed(session, "stop", RUN)
    assert result.exit_code == 0
    assert "The stop is ordered" in result.stdout
    assert "Bedrock confirms: Stopped" in result.stdout
    stop = session.world.store.run(RUN).of(Stage.FULL)[0].stop
    assert stop is not None
    assert stop.reason is StopReason.PERSON


def test_without_waiting_the_order_alone_is_told() -> None:
    session = with_a_running_job()
    result = typed(session, "stop", RUN, "--no-wait", "--json")
    told = json.loads(result.stdout)
    assert told["confirmed"] is False
    assert told["jobs"][0]["stop"]["reason"] == "person"
    assert session.waiter().waits == []


def test_json_tells_the_confirmed_stop() -> None:
    told = json.loads(typed(with_a_running_job(), "stop", RUN, "--json").stdout)
    assert told["confirmed"] is True
    assert told["jobs"][0]["status"] == "Stopped"


def test_what_it_would_cost_to_go_on_is_said_before() -> None:
    assert "up to $9.00" in typed(with_a_running_job(), "stop", RUN).stdout


def test_a_run_without_running_jobs_has_nothing_to_stop() -> None:
    world = World()
    world.store.add_run(builders.run())
    result = typed(FakeSession(world), "stop", RUN)
    assert result.exit_code == 3
    assert "abort its execution" in result.stdout


def test_the_kill_switch_is_named_when_it_holds_the_stop_back() -> None:
    session = with_a_running_job()
    session.world.store.set_control(Control(kill_switch=True))
    assert "kill switch" in typed(session, "stop", RUN, "--no-wait").stdout


def test_a_run_that_does_not_exist_is_an_error() -> None:
    assert typed(FakeSession(World()), "stop", "none").exit_code == 1
