"""The contract of Workflow, on the fake and on moto's Step Functions, which runs the machine for real."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic

import boto3
import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.stepfunctions import StepFunctionsWorkflow
from finetune_guard.core.errors import NameTakenError, NotFoundError
from finetune_guard.core.observations import Execution
from finetune_guard.ports import Workflow
from tests.contracts import moto_world
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeWorkflow

PATIENCE = 20.0


@dataclass
class Workflows:
    """The workflow under test, a machine, and the token that a started execution comes to wait on."""

    workflow: Workflow
    machine: str
    token_of: Callable[[str], str]
    ended: Callable[[str], Execution]


def _fake() -> Workflows:
    fake = FakeWorkflow(FakeClock())

    def ended(arn: str) -> Execution:
        fake.end(arn, "SUCCEEDED", output=next(iter(fake.completed.values())))
        return fake.execution(arn)

    machine = f"arn:aws:states:{moto_world.REGION}:123456789012:stateMachine:waits"
    return Workflows(fake, machine, lambda arn: fake.wait_on(f"token of {arn}"), ended)


def _stepfunctions(clients: Clients) -> Workflows:
    workflow = StepFunctionsWorkflow(clients.stepfunctions)
    sqs = boto3.client("sqs", region_name=moto_world.REGION)
    queue = sqs.create_queue(QueueName="tokens")["QueueUrl"]

    def token_of(_: str) -> str:
        received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=int(PATIENCE))
        token = received["Messages"][0]["Body"]
        # The message is sent a moment before the state begins to wait.
        _patiently(lambda: workflow.heartbeat(token))
        return token

    def ended(arn: str) -> Execution:
        _patiently(lambda: workflow.execution(arn).status != "RUNNING")
        return workflow.execution(arn)

    return Workflows(workflow, _machine_that_waits(clients, queue), token_of, ended)


def _patiently(come: Callable[[], bool]) -> None:
    until = monotonic() + PATIENCE
    while not come() and monotonic() < until:
        Event().wait(0.02)


def _machine_that_waits(clients: Clients, queue: str) -> str:
    wait = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "TimeoutSeconds": 300,
        "HeartbeatSeconds": 100,
        "End": True,
    }
    definition = json.dumps({"StartAt": "Wait", "States": {"Wait": wait}})
    role = "arn:aws:iam::123456789012:role/machine"
    made = clients.stepfunctions.create_state_machine(name="waits", definition=definition, roleArn=role)
    return made["stateMachineArn"]


@pytest.fixture(params=["fake", "stepfunctions"])
def workflows(request: pytest.FixtureRequest) -> Workflows:
    return _fake() if request.param == "fake" else _stepfunctions(request.getfixturevalue("clients"))


def test_a_started_execution_runs_under_its_name(workflows: Workflows) -> None:
    arn = workflows.workflow.start(workflows.machine, "one", "{}")
    assert arn.endswith(":waits:one")
    found = workflows.workflow.execution(arn)
    assert (found.arn, found.status, found.output, found.ended_at) == (arn, "RUNNING", "", None)
    assert str(found.started_at.tzinfo) == "UTC"
    workflows.workflow.complete(workflows.token_of(arn), "{}")


@pytest.mark.fault(81)
def test_a_name_is_used_once_for_one_input(workflows: Workflows) -> None:
    arn = workflows.workflow.start(workflows.machine, "one", '{"input": 1}')
    with pytest.raises(NameTakenError, match="one"):
        workflows.workflow.start(workflows.machine, "one", '{"input": 2}')
    workflows.workflow.complete(workflows.token_of(arn), "{}")


def test_an_unknown_execution_is_not_found(workflows: Workflows) -> None:
    arn = workflows.machine.replace(":stateMachine:", ":execution:") + ":none"
    with pytest.raises(NotFoundError, match="none"):
        workflows.workflow.execution(arn)


def test_completing_a_wait_ends_it_with_the_document(workflows: Workflows) -> None:
    arn = workflows.workflow.start(workflows.machine, "one", "{}")
    token = workflows.token_of(arn)
    assert workflows.workflow.heartbeat(token)
    assert workflows.workflow.complete(token, '{"run_id": "r"}')
    ended = workflows.ended(arn)
    assert (ended.status, json.loads(ended.output)) == ("SUCCEEDED", {"run_id": "r"})
    assert ended.ended_at is not None


@pytest.mark.fault(76)
def test_a_second_completion_finds_nobody_waiting(workflows: Workflows) -> None:
    arn = workflows.workflow.start(workflows.machine, "one", "{}")
    token = workflows.token_of(arn)
    assert workflows.workflow.complete(token, "{}")
    workflows.ended(arn)
    assert not workflows.workflow.complete(token, "{}")
    assert not workflows.workflow.heartbeat(token)


@pytest.mark.fault(76)
def test_nobody_waits_on_a_token_that_was_never_given(workflows: Workflows) -> None:
    assert not workflows.workflow.complete("never given", "{}")
    assert not workflows.workflow.heartbeat("never given")
