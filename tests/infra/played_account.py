"""An account by moto in which the stack is deployed, as far as its functions and the CLI call it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import boto3
import botocore.handlers
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import DEFAULT_ACCOUNT_ID

from finetune_guard import bootstrap
from finetune_guard.aws.clients import Clients
from tests.contracts import moto_world
from tests.infra.deployed import Deployed
from tests.infra.played_stack import MACHINES, PlayedStack
from tests.infra.recorded import Named, Recorder
from tests.local.bedrock.harness import running

_SETTINGS: Any = {
    "lambda": {"use_docker": False},
    "stepfunctions": {"execute_state_machine": True},
    "core": {"passthrough": {"services": ["cloudformation", "servicequotas"], "urls": []}},
}
#: An empty archive: the code of a function that is never run.
_NO_CODE = b"PK\x05\x06" + bytes(18)
_ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/any"


@contextmanager
def playing(deployed: Deployed, folder: Path, **settings: object) -> Iterator[PlayedStack]:
    """The stack, deployed a moment ago.

    Args:
        deployed: Its template.
        folder: Where the stand-in keeps its state and its objects.
        settings: The stand-in's.
    """
    with (
        running(folder, account=DEFAULT_ACCOUNT_ID, **settings) as bedrock,
        moto_world.aws() as clients,
        mock_aws(config=_SETTINGS),
        pytest.MonkeyPatch.context() as shell,
    ):
        shell.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        shell.setenv("AWS_ENDPOINT_URL_BEDROCK", bedrock.endpoint)
        stack = PlayedStack(Named(deployed), Recorder(DEFAULT_ACCOUNT_ID), bedrock)
        _deploy(stack, clients)
        _answer_for_cloudformation(stack, shell)
        _answer_for_service_quotas(shell)
        stack.recorder.install(shell)
        _forget_clients()
        try:
            yield stack
        finally:
            _forget_clients()


def _forget_clients() -> None:
    """A process keeps its clients, and these are of one account only."""
    for made in vars(bootstrap).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def _deploy(stack: PlayedStack, clients: Clients) -> None:
    outputs = stack.outputs
    moto_world.bucket(clients, outputs["BucketName"])
    (stack.bedrock.folder / "objects" / outputs["BucketName"]).mkdir(parents=True)
    moto_world.table(clients, outputs["TableName"])
    clients.sns.create_topic(Name=outputs["AlertTopicArn"].rsplit(":", 1)[-1])
    for role in ("any", outputs["BedrockRoleArn"].rpartition("/")[2]):
        boto3.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    clients.lambdas.create_function(
        FunctionName=outputs["WatchFunctionName"],
        Runtime="python3.13",
        Role=_ROLE,
        Handler="watch.handler",
        Code={"ZipFile": _NO_CODE},
    )
    queue = boto3.client("sqs").create_queue(QueueName="tokens")["QueueUrl"]
    for name in MACHINES.values():
        machine = outputs[f"{name}Arn"].rsplit(":", 1)[-1]
        clients.stepfunctions.create_state_machine(name=machine, definition=_waiting(queue), roleArn=_ROLE)


def _waiting(queue: str) -> str:
    """A machine that waits on a token, and when that is completed on the next."""
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {
            "QueueUrl": queue,
            "MessageBody": {"token.$": "$$.Task.Token", "execution.$": "$$.Execution.Id"},
        },
        # Without it moto gives up after a minute, and a busy machine takes longer.
        "TimeoutSeconds": 3600,
        "HeartbeatSeconds": 1000,
        "Next": "Wait",
    }
    return json.dumps({"StartAt": "Wait", "States": {"Wait": wait}})


def _answer_for_cloudformation(stack: PlayedStack, shell: pytest.MonkeyPatch) -> None:
    """moto's own CloudFormation needs packages that nothing else here does; the CLI reads little of it."""
    outputs = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
        for key, value in stack.outputs.items()
    )
    body = (
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>FinetuneGuard</StackName>"
        f"<StackId>arn:aws:cloudformation:us-east-1:{DEFAULT_ACCOUNT_ID}:stack/FinetuneGuard/id</StackId>"
        "<CreationTime>2026-11-24T12:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>"
        f"<Outputs>{outputs}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )
    _answer(shell, "cloudformation.DescribeStacks", body)
    _answer(shell, "cloudformation.ListStackResources", _resources(stack))


def _resources(stack: PlayedStack) -> str:
    """What the template makes, by the names that it has here; a queue's is its URL."""
    members = "".join(
        f"<member><LogicalResourceId>{name}</LogicalResourceId><ResourceType>{each['Type']}</ResourceType>"
        f"<PhysicalResourceId>{_place(each['Type'])}{stack.names.name(name)}</PhysicalResourceId>"
        "<ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
        "<LastUpdatedTimestamp>2026-11-24T12:00:00Z</LastUpdatedTimestamp></member>"
        for name, each in stack.names.deployed.template["Resources"].items()
    )
    return (
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>"
        f"{members}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>"
    )


def _place(kind: str) -> str:
    return f"https://sqs.us-east-1.amazonaws.com/{DEFAULT_ACCOUNT_ID}/" if kind == "AWS::SQS::Queue" else ""


def _answer(shell: pytest.MonkeyPatch, operation: str, body: str) -> None:
    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return AWSResponse(request.url, 200, HTTPHeaders(), MockRawResponse(body))

    handlers = [*botocore.handlers.BUILTIN_HANDLERS, (f"before-send.{operation}", answer)]
    shell.setattr(botocore.handlers, "BUILTIN_HANDLERS", handlers)


def _answer_for_service_quotas(shell: pytest.MonkeyPatch) -> None:
    """moto lists no quotas of Bedrock."""
    _answer(shell, "service-quotas.ListServiceQuotas", '{"Quotas": []}')
