import json
from dataclasses import replace

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.plans import Stage
from tests import builders, example_runs
from tests.cli.session import FakeSession, typed
from tests.fakes.world import World


@pytest.fixture
def session() -> FakeSession:
    """A run whose job runs at Bedrock."""
    world = World()
    world.store.add_run(builders.run())
    job = builders.intent(stage=Stage.FULL)
    world.store.add_job(replace(job, arn=world.jobs.create(job.request)))
    return FakeSession(world)


@pytest.mark.fault(91)
def test_a_job_that_runs_is_told_with_what_stops_it_and_exits_with_3(session: FakeSession) -> None:
    result = typed(session, "leave")
    assert result.exit_code == 3
    for part in (
        "1 of its jobs run and bill",
        "about $9.00 at its end",
        "now: finetune-guard stop support-bot-0123456789",
        "later: aws bedrock stop-model-customization-job --job-identifier arn:",
        "removal=retain the table guard-table and the bucket guard-bucket stay",
    ):
        assert part in result.stdout


def test_a_machine_reads_the_same(session: FakeSession) -> None:
    result = typed(session, "leave", "--json")
    assert result.exit_code == 3
    read = json.loads(result.stdout)
    assert (read["schema_version"], read["ok"], len(read["running"])) == (1, False, 1)
    assert read["storage"] == {"table": "guard-table", "bucket": "guard-bucket", "removal": "retain"}


def test_where_nothing_runs_it_is_safe_to_go_and_models_are_told() -> None:
    world = World()
    run = example_runs.keep_best()
    world.store.add_run(run)
    for job in run.jobs:
        world.store.add_job(job)
    result = typed(FakeSession(world), "leave")
    assert result.exit_code == 0
    assert "No job of this stack runs." in result.stdout
    assert "5 models stay, $9.75 a month:" in result.stdout
    assert "to be thrown away, which nobody would do" in result.stdout


def test_an_empty_stack_leaves_only_its_storage() -> None:
    result = typed(FakeSession(World()), "leave")
    assert result.exit_code == 0
    assert "No model of it is in the account." in result.stdout


def test_a_record_that_cannot_be_read_is_told_and_nothing_is_called_safe() -> None:
    world = World()
    world.store.add_run(builders.run())
    world.store.rows = {key: row._replace(text="{") for key, row in world.store.rows.items()}
    result = typed(FakeSession(world), "leave")
    assert result.exit_code == 3
    assert "No job runs of those that can be read." in result.stdout
    assert "1 records cannot be read; what they are of may run and bill:" in result.stdout


def test_where_not_every_ended_run_was_looked_at_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finetune_guard.usecases.leave.LOOKED_AT", 1)
    world = World()
    world.store.add_run(builders.run(status=RunStatus.REFUSED, report_uri=builders.REPORT))
    result = typed(FakeSession(world), "leave")
    assert "only the newest 1 were looked at" in result.stdout
    assert "No model of it is in the account." not in result.stdout
