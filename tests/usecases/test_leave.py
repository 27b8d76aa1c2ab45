from dataclasses import replace

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
    assert not [call for call in world.seam.calls[6:] if "save" in call or "stop" in call or "delete" in call]


def test_a_job_that_bedrock_does_not_know_does_not_run(world: World) -> None:
    world.store.add_job(builders.intent())
    assert len(left(world).running) == 1


def test_where_bedrock_does_not_answer_the_record_counts(world: World) -> None:
    world.seam.interrupt = Faults().add("jobs.get", AccessRefusedError("No."))
    assert left(world).running[0].seen.endswith("by our record")
