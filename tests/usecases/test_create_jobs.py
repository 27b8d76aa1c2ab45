from dataclasses import replace
from typing import Any

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.errors import (
    AccessRefusedError,
    QuotaReachedError,
    RequestRejectedError,
    ServiceUnavailableError,
)
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.names import STACK_TAG
from finetune_guard.core.next_action import Create, next_action
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.observing import never_created
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.create_jobs import Created, CreateTools, create_jobs
from tests.builders import BASE, START, closed, intent, run, segmented
from tests.fakes.seam import Faults, Meanwhile
from tests.fakes.world import World

RUN = run()
MODEL = "arn:aws:bedrock:us-east-1:123456789012:custom-model/llama/0123456789ab"


@pytest.fixture
def world() -> World:
    made = World()
    made.store.add_run(RUN)
    return made


def create(world: World) -> Created:
    tools = CreateTools(world.store, world.jobs, world.datasets, world.clock, stack="prod")
    return create_jobs(RUN.run_id, tools)


def test_the_intent_is_written_before_the_call_and_the_arn_after_it(world: World) -> None:
    assert create(world).result == "wait"
    job = world.store.run(RUN.run_id).jobs[0]
    assert (job.status, job.arn in world.jobs.described) == (JobStatus.IN_PROGRESS, True)
    order = [call for call in world.seam.calls if call in ("store.add_job", "jobs.create", "store.save_job")]
    assert order == ["store.add_job", "jobs.create", "store.save_job"]


def test_the_job_carries_the_tag_that_lets_the_watch_stop_it(world: World) -> None:
    create(world)
    assert next(iter(world.jobs.requests.values())).tags[STACK_TAG] == "prod"


@pytest.mark.fault(20)
def test_creating_twice_makes_one_job(world: World) -> None:
    create(world)
    assert create(world).result == "next"
    assert len(world.jobs.requests) == 1


@pytest.mark.fault(19)
def test_a_lost_reply_finds_its_own_job_again(world: World) -> None:
    world.seam.interrupt = Faults().add("jobs.create", ServiceUnavailableError("lost"), when="after")
    assert create(world).result == "quota"
    assert create(world).result == "wait"
    assert len(world.jobs.requests) == 1


@pytest.mark.fault(21)
def test_a_taken_name_is_adopted_when_its_token_is_ours(world: World) -> None:
    ours = intent(RUN).request
    arn = world.jobs.create(ours)
    world.jobs.requests[arn] = replace(ours, token="forgotten-by-the-service")
    assert create(world).result == "wait"
    assert world.store.run(RUN.run_id).jobs[0].arn == arn


@pytest.mark.fault(21)
def test_a_name_that_somebody_else_has_refuses_with_the_name(world: World) -> None:
    arn = world.jobs.create(replace(intent(RUN).request, token="somebody-else"))
    assert create(world).result == "next"
    job = world.store.run(RUN.run_id).jobs[0]
    assert (job.status, job.closed, job.arn) == (JobStatus.REFUSED, True, None)
    assert world.jobs.described[arn].name in job.failure


@pytest.mark.fault(23)
@pytest.mark.parametrize("error", [QuotaReachedError("full"), ServiceUnavailableError("throttled")])
def test_no_room_now_is_tried_again_later(world: World, error: Exception) -> None:
    world.seam.interrupt = Faults().add("jobs.create", error)
    assert create(world).result == "quota"
    assert world.store.run(RUN.run_id).jobs[0].status is JobStatus.INTENDED
    assert create(world).result == "wait"


@pytest.mark.parametrize("error", [RequestRejectedError("epochCount is 11"), AccessRefusedError("pass role")])
def test_a_refusal_by_the_service_ends_the_job_with_its_words(world: World, error: Exception) -> None:
    world.seam.interrupt = Faults().add("jobs.create", error)
    assert create(world).result == "next"
    job = world.store.run(RUN.run_id).jobs[0]
    assert (job.status, job.failure) == (JobStatus.REFUSED, str(error))


def test_a_job_that_the_watch_adopted_meanwhile_is_left_as_it_is(world: World) -> None:
    class AdoptingJobs(type(world.jobs)):  # type: ignore[misc]
        def create(self, request: object) -> str:
            arn = str(super().create(request))
            stored = world.store.run(RUN.run_id).jobs[0]
            world.store.save_job(replace(stored, arn=arn, status=JobStatus.IN_PROGRESS))
            return arn

    world.jobs.__class__ = AdoptingJobs
    assert create(world).result == "wait"
    assert world.store.run(RUN.run_id).jobs[0].version == 2


def second_segment(world: World, model: str) -> None:
    """A run whose second segment is to be created next, from `model`."""
    of = run(run_id="long-1", plan=segmented(2, rehearsal=None))
    world.store.add_run(of)
    made = next_action(of, START)
    assert isinstance(made, Create)
    world.store.add_job(replace(closed(made.jobs[0]), model_arn=model))


def create_second(world: World) -> JobRecord:
    tools = CreateTools(world.store, world.jobs, world.datasets, world.clock, stack="prod")
    advance("long-1", AdvanceTools(world.store, world.clock))
    create_jobs("long-1", tools)
    return world.store.run("long-1").jobs[-1]


def test_a_job_that_was_not_decided_on_waits_until_that_is_written_down(world: World) -> None:
    second_segment(world, MODEL)
    tools = CreateTools(world.store, world.jobs, world.datasets, world.clock, stack="prod")
    assert create_jobs("long-1", tools).result == "next"
    assert world.jobs.requests == {}
    advance("long-1", AdvanceTools(world.store, world.clock))
    assert [each.decision.policy for each in world.store.run("long-1").decisions] == ["segment.healthy"]


def test_a_segment_starts_from_the_model_of_the_one_before(world: World) -> None:
    second_segment(world, MODEL)
    world.jobs.models.add(MODEL)
    job = create_second(world)
    assert job.status is JobStatus.IN_PROGRESS
    assert world.jobs.requests[job.arn or ""].start_from == MODEL


def test_a_model_that_somebody_deleted_refuses_the_job_and_says_nothing_of_the_base(world: World) -> None:
    second_segment(world, MODEL)
    job = create_second(world)
    assert (job.status, job.closed) == (JobStatus.REFUSED, True)
    assert "There is no model" in job.failure
    assert world.store.base_model(BASE).accepts_custom_model is None


@pytest.mark.parametrize(("known", "learnt"), [(None, False), (False, False), (True, True)])
def test_a_base_that_refuses_a_custom_model_is_remembered_unless_one_has_worked(
    world: World, known: bool | None, learnt: bool
) -> None:
    second_segment(world, MODEL)
    world.jobs.models.add(MODEL)
    world.jobs.takes_custom_models = False
    world.store.learn(BaseModelFacts(BASE, accepts_custom_model=known))
    assert create_second(world).status is JobStatus.REFUSED
    assert world.store.base_model(BASE).accepts_custom_model is learnt


@pytest.mark.parametrize("over", [{"aborted": True}, {"attempt": 1}, {"status": RunStatus.STOPPED}])
def test_no_job_is_created_for_a_run_that_was_over_before_its_intent_was_written(
    world: World, over: dict[str, Any]
) -> None:
    def ends() -> None:
        world.store.save_run(replace(world.store.run(RUN.run_id), **over))

    world.seam.interrupt = Meanwhile("store.add_job", ends)
    assert create(world).result == "next"
    assert world.jobs.requests == {}


@pytest.mark.fault(15)
def test_a_job_that_was_given_up_while_its_creation_hung_is_watched_after_all(world: World) -> None:
    def is_given_up() -> None:
        job = world.store.run(RUN.run_id).jobs[0]
        world.store.save_job(never_created(job, START))

    world.seam.interrupt = Meanwhile("jobs.create", is_given_up)
    create(world)
    job = world.store.run(RUN.run_id).jobs[0]
    assert (job.status, job.closed, job.arn in world.jobs.described) == (JobStatus.IN_PROGRESS, False, True)


def test_an_order_to_stop_that_came_while_a_creation_hung_stands(world: World) -> None:
    def is_ordered() -> None:
        job = world.store.run(RUN.run_id).jobs[0]
        world.store.save_job(replace(job, stop=StopOrder(StopReason.PERSON, "Stop it.", START)))

    world.seam.interrupt = Meanwhile("jobs.create", is_ordered)
    assert create(world).result == "wait"
    job = world.store.run(RUN.run_id).jobs[0]
    assert (job.stop is not None, job.arn in world.jobs.described) == (True, True)
