import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.cloudformation import CloudFormationOutputs
from finetune_guard.core.errors import AccessRefusedError, NotFoundError, RequestRejectedError
from tests.builders import START

STACK = {"StackName": "guard", "CreationTime": START, "StackStatus": "CREATE_COMPLETE"}


@pytest.fixture
def stub(clients: Clients) -> Stubber:
    return Stubber(clients.cloudformation)


@pytest.fixture
def outputs(clients: Clients) -> CloudFormationOutputs:
    return CloudFormationOutputs(clients.cloudformation)


def test_a_deployed_stack_says_its_outputs(stub: Stubber, outputs: CloudFormationOutputs) -> None:
    told = [
        {"OutputKey": "Table", "OutputValue": "runs"},
        {"OutputKey": "Bucket", "OutputValue": "guard-bucket", "Description": "Ours"},
    ]
    stub.add_response("describe_stacks", {"Stacks": [STACK | {"Outputs": told}]}, {"StackName": "guard"})
    with stub:
        assert outputs.read("guard") == {"Table": "runs", "Bucket": "guard-bucket"}


def test_an_absent_stack_is_named_with_its_region_and_what_to_do(
    stub: Stubber, outputs: CloudFormationOutputs
) -> None:
    stub.add_client_error("describe_stacks", "ValidationError", "Stack with id guard does not exist")
    with stub, pytest.raises(NotFoundError, match=r"no stack guard with outputs in us-east-1.*cdk deploy"):
        outputs.read("guard")


def test_a_stack_without_outputs_is_none_of_ours(stub: Stubber, outputs: CloudFormationOutputs) -> None:
    stub.add_response("describe_stacks", {"Stacks": [STACK]}, {"StackName": "other"})
    with stub, pytest.raises(NotFoundError, match="other"):
        outputs.read("other")


@pytest.mark.parametrize(
    ("code", "kind"), [("AccessDenied", AccessRefusedError), ("ValidationError", RequestRejectedError)]
)
def test_another_trouble_is_raised_as_what_it_is(
    stub: Stubber, outputs: CloudFormationOutputs, code: str, kind: type[Exception]
) -> None:
    stub.add_client_error("describe_stacks", code, "Because.")
    with stub, pytest.raises(kind, match="guard in us-east-1"):
        outputs.read("guard")
