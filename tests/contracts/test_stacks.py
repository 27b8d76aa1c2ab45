"""The contract of Stacks, on the fake and on answers of CloudFormation, which moto here cannot give."""

from collections.abc import Callable, Iterator

import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.cloudformation import CloudFormationStacks
from finetune_guard.core.doctoring.facts import Kind, StackFacts
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import Stacks
from tests.builders import START
from tests.fakes.health import OUTPUTS, RESOURCES, STACK, FakeStacks

ARN = f"arn:aws:cloudformation:us-west-2:123456789012:stack/{STACK}/1"


def _fake(_: pytest.FixtureRequest) -> Iterator[Stacks]:
    yield FakeStacks()


def _cloudformation(request: pytest.FixtureRequest) -> Iterator[Stacks]:
    """A stack whose resources come in two pages; then one that is not there."""
    client = request.getfixturevalue("clients").cloudformation
    outputs = [{"OutputKey": key, "OutputValue": value} for key, value in OUTPUTS.items()]
    stack = {"StackName": STACK, "StackId": ARN, "CreationTime": START, "StackStatus": "CREATE_COMPLETE"}
    listed = [
        {
            "LogicalResourceId": each.logical_id,
            "ResourceType": str(each.kind),
            "PhysicalResourceId": each.name,
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": START,
        }
        for each in RESOURCES
    ]
    with Stubber(client) as stub:
        if "absent" not in request.node.name:
            stub.add_response("describe_stacks", {"Stacks": [stack | {"Outputs": outputs}]})
            pages = (
                {"StackResourceSummaries": listed[:4], "NextToken": "2"},
                {"StackResourceSummaries": listed[4:]},
            )
            for page in pages:
                stub.add_response("list_stack_resources", page)
        stub.add_client_error("describe_stacks", "ValidationError", "Stack with id none does not exist")
        yield CloudFormationStacks(client)


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Iterator[Stacks]]] = {
    "fake": _fake,
    "cloudformation": _cloudformation,
}


@pytest.fixture(params=WORLDS)
def stacks(request: pytest.FixtureRequest) -> Iterator[Stacks]:
    yield from WORLDS[request.param](request)


def test_a_stack_tells_its_status_its_outputs_and_all_it_made(stacks: Stacks) -> None:
    facts = stacks.facts(STACK)
    assert facts == StackFacts(ARN, "CREATE_COMPLETE", OUTPUTS, RESOURCES)
    assert (facts.region, facts.account, facts.partition) == ("us-west-2", "123456789012", "aws")
    assert [resource.short for resource in facts.of(Kind.FUNCTION)] == ["CleanUpFunction", "WatchFunction"]


def test_an_absent_stack_is_not_found(stacks: Stacks) -> None:
    with pytest.raises(NotFoundError, match="cdk deploy"):
        stacks.facts("none")


def test_a_refusal_is_one(clients: Clients) -> None:
    with Stubber(clients.cloudformation) as stub:
        stub.add_client_error("describe_stacks", "Throttling", "Rate exceeded")
        with pytest.raises(Exception, match="Rate exceeded"):
            CloudFormationStacks(clients.cloudformation).facts(STACK)
