from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.destroying import LeftBehind, Storage
from finetune_guard.core.errors import AccessRefusedError
from finetune_guard.core.plans import Stage
from finetune_guard.usecases.leave import LeaveTools, leave
from tests import builders
from tests.fakes.seam import Faults
from tests.fakes.world import World


@pytest.fixture
def world() -> World:
    """One open run, whose job runs at Bedrock, and one that ended and left a model."""
    made = World()
    made.store.add_run(builders.run())
    job = builders.intent(stage=Stage.FULL)
    made.store.add_job(replace(job, arn=made.jobs.create(job.request)))
    ended = builders.run(run_id="done-0123456789", status=RunStatus.COMPLETED, ended_at=builders.START)
    made.store.add_run(ended)
    made.store.add_job(builders.completed(ended, Stage.FULL))
    return made


def left(world: World) -> LeftBehind:
    return leave(LeaveTools(world.store, world.jobs, Storage("runs", "bucket", "retain")))


@pytest.mark.fault(91)
def test_the_jobs_of_open_runs_and_the_models_of_ended_ones_are_found_and_nothing_is_changed(
    world: World,
) -> None:
    found = left(world)
    assert [job.run_id for job in found.running] == ["support-bot-0123456789"]
    assert found.running[0].seen == "InProgress"
    assert [model.run_id for model in found.models] == ["done-0123456789"]
    assert not [
        call for call in world.seam.calls[6:] if "save" in call or "stop" in call or "delete_model" in call
    ]


def test_a_job_that_bedrock_does_not_know_does_not_run(world: World) -> None:
    world.store.add_job(builders.intent())
    assert len(left(world).running) == 1


def test_where_bedrock_does_not_answer_the_record_counts(world: World) -> None:
    world.seam.interrupt = Faults().add("jobs.get", AccessRefusedError("No."))
    assert left(world).running[0].seen.endswith("by our record")


def test_an_open_run_that_cannot_be_read_keeps_the_stack_from_being_called_safe(world: World) -> None:
    world.store.rows.clear()
    world.store.add_run(builders.run())
    spoil(world, "RUN")
    found = left(world)
    assert not found.safe
    assert "support-bot-0123456789 cannot be read" in found.unread[0]


def test_a_job_that_cannot_be_read_is_told_once_and_hides_no_other(world: World) -> None:
    other = builders.run(run_id="other-0123456789")
    world.store.add_run(other)
    spoil(world, "JOB")
    found = left(world)
    assert len(found.unread) == 1
    assert found.waiting_runs == ("other-0123456789",)
    assert [model.run_id for model in found.models] == ["done-0123456789"]


def test_an_open_job_is_found_whatever_has_become_of_its_run(world: World) -> None:
    run = builders.run(run_id="lost-0123456789")
    job = builders.intent(run, stage=Stage.FULL)
    world.store.add_job(replace(job, arn=world.jobs.create(job.request)))
    assert "lost-0123456789" in left(world).unread[0]


def test_a_job_of_a_run_that_ended_long_ago_is_looked_at_and_older_models_are_not_denied(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune_guard.usecases.leave.LOOKED_AT", 1)
    old = builders.run(run_id="old-0123456789", status=RunStatus.FAILED, report_uri=builders.REPORT)
    world.store.add_run(replace(old, started_at=builders.START - timedelta(days=9)))
    job = builders.intent(old, stage=Stage.FULL)
    world.store.add_job(replace(job, arn=world.jobs.create(job.request)))
    found = left(world)
    assert "old-0123456789" in [job.run_id for job in found.running]
    assert found.newest_only == 1


def spoil(world: World, kind: str) -> None:
    """Damages the first record of a kind, as somebody who edits the table by hand does."""
    key = next(key for key in world.store.rows if key[0] == kind)
    world.store.rows[key] = world.store.rows[key]._replace(text="{")
