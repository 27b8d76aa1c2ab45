"""What is asked about places, roles and room, and what is said where nobody can be asked."""

from dataclasses import replace

import pytest

from finetune_guard.core.access.places import Answer, Deployment
from finetune_guard.core.config import examine_config
from finetune_guard.core.errors import AccessRefusedError, NotSignedInError, ServiceUnavailableError
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Problem, Source
from finetune_guard.usecases.access import AccessTools, Request, check_access
from tests.builders import START, run
from tests.configs import ACCOUNT, BUCKET, LEAST, ROLE, TRAINING
from tests.core.access.test_trust import policy
from tests.fakes.seam import Faults
from tests.fakes.world import World

OTHER = f"arn:aws:iam::{ACCOUNT}:role/other"
STACK = Deployment("us-west-2", ACCOUNT, (BUCKET, "shared-data"), (ROLE, OTHER))
KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/0f3a"


@pytest.fixture
def world() -> World:
    made = World()
    made.buckets.region = "us-west-2"
    return made


def tools(world: World, stack: Deployment | None = STACK) -> AccessTools:
    return AccessTools(world.buckets, world.roles, world.jobs, world.store, stack, "us-west-2")


def request(key_arn: str = "", **changes: object) -> Request:
    facts = FileFacts(TRAINING, 5, "e", "v", START, key_arn)
    sources = (Source("training_data_path", facts),)
    return Request(examine_config({**LEAST, **changes}), find(str(LEAST["base_model_id"])), sources)


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.code for problem in problems]


def test_a_sound_request_has_no_problem_and_a_bucket_is_asked_about_once(world: World) -> None:
    assert check_access(request(), tools(world)) == ()
    assert world.buckets.calls == ["facts"]
    assert world.roles.calls == []


@pytest.mark.fault(57)
def test_a_bucket_elsewhere_is_told_at_the_first_key_that_names_it(world: World) -> None:
    world.buckets.put(BUCKET, region="eu-west-1")
    [problem] = check_access(request(), tools(world))
    assert (problem.code, problem.key) == ("AC010", "training_data_path")


@pytest.mark.fault(57)
def test_a_bucket_that_the_stack_may_not_use_still_tells_its_region_and_whether_it_is_there(
    world: World,
) -> None:
    world.buckets.put("elsewhere", Answer.FORBIDDEN, "eu-west-1")
    asked = request(training_data_path="s3://elsewhere/t.jsonl", output_data_path="s3://none/out/")
    world.buckets.put("none", Answer.ABSENT)
    assert sorted(codes(check_access(asked, tools(world)))) == ["AC002", "AC002", "AC010", "AC011"]


@pytest.mark.fault(57)
def test_a_bucket_of_another_account_is_told(world: World) -> None:
    world.buckets.owners[BUCKET] = "999999999999"
    assert codes(check_access(request(), tools(world))) == ["AC012"]


def test_data_on_this_machine_has_no_bucket(world: World) -> None:
    asked = request(training_data_path="t.jsonl", output_data_path="s3://shared-data/out/")
    assert check_access(asked, tools(world)) == ()
    assert world.buckets.calls == ["facts"]


class TestARoleOfThePerson:
    def test_that_is_trusted_and_allowed_is_fine(self, world: World) -> None:
        world.roles.put(OTHER, trust())
        assert check_access(request(role_arn=OTHER), tools(world)) == ()
        assert world.roles.calls == ["trust", "rulings"]

    def test_that_is_not_there_is_an_error(self, world: World) -> None:
        assert codes(check_access(request(role_arn=OTHER), tools(world))) == ["AC006"]

    def test_that_does_not_trust_bedrock_is_an_error(self, world: World) -> None:
        world.roles.put(OTHER, {"Statement": []})
        assert codes(check_access(request(role_arn=OTHER), tools(world))) == ["AC007"]

    def test_that_may_not_use_the_key_is_told_by_the_key(self, world: World) -> None:
        world.roles.put(OTHER, trust())
        world.roles.decisions["kms:Decrypt"] = "implicitDeny"
        [problem] = check_access(request(KEY, role_arn=OTHER), tools(world))
        assert (problem.code, problem.severity) == ("AC008", "warning")
        assert KEY in problem.message

    def test_that_may_not_be_passed_is_not_asked_about(self, world: World) -> None:
        theirs = f"arn:aws:iam::{ACCOUNT}:role/admin"
        assert codes(check_access(request(role_arn=theirs), tools(world))) == ["AC004"]
        assert world.roles.calls == []

    def test_is_asked_about_without_a_stack_too(self, world: World) -> None:
        assert codes(check_access(request(role_arn=OTHER), tools(world, None))) == ["AC006", "AC000"]

    def test_that_nobody_may_ask_about_is_no_fault(self, world: World) -> None:
        world.seam.interrupt = Faults().add("roles.trust", AccessRefusedError("no"))
        [problem] = check_access(request(role_arn=OTHER), tools(world))
        assert (problem.code, problem.severity) == ("AC000", "info")
        assert problem.message == "Not checked: the role (not allowed)."


def trust() -> dict[str, object]:
    import json  # noqa: PLC0415

    document: dict[str, object] = json.loads(policy())
    return document


def test_a_run_of_the_same_name_and_a_full_account_warn(world: World) -> None:
    world.store.add_run(run(job_name=str(LEAST["job_name"])))
    tools = AccessTools(world.buckets, world.roles, world.jobs, world.store, STACK)
    found = check_access(replace(request(), room=0), tools)
    assert [(problem.code, problem.severity) for problem in found] == [
        ("AC017", "warning"),
        ("AC018", "warning"),
    ]


def test_whatever_cannot_be_asked_is_one_line_with_the_reasons(world: World) -> None:
    world.seam.interrupt = (
        Faults()
        .add("buckets.facts", NotSignedInError("no credentials"))
        .add("store.open_runs", NotSignedInError("no credentials"))
        .add("jobs.in_progress", ServiceUnavailableError("throttled"))
    )
    [problem] = check_access(request(), tools(world), "the data")
    assert (problem.code, problem.severity) == ("AC000", "info")
    assert problem.message == (
        "Not checked: the data, the buckets, runs of the same name (no credentials); "
        "jobs in progress (no answer)."
    )


def test_without_anybody_to_ask_nothing_is_a_fault() -> None:
    [problem] = check_access(request(role_arn=OTHER), AccessTools())
    assert problem.severity == "info"
    for what in ("the stack may use", "the buckets", "the role", "same name", "jobs in progress"):
        assert what in problem.message


def test_a_config_that_cannot_be_read_asks_about_no_place(world: World) -> None:
    assert check_access(Request(examine_config("{"), None), tools(world)) == ()
    assert world.buckets.calls == []
