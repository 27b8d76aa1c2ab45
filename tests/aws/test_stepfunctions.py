from datetime import timedelta, timezone

import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.stepfunctions import StepFunctionsWorkflow
from finetune_guard.core.errors import (
    AccessRefusedError,
    GuardError,
    NameTakenError,
    NotFoundError,
    QuotaReachedError,
    RequestRejectedError,
    ServiceUnavailableError,
)
from tests.builders import START

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:m:one"
TOKEN = "s3cr3t-token"


@pytest.fixture
def stub(clients: Clients) -> Stubber:
    return Stubber(clients.stepfunctions)


@pytest.mark.fault(76)
@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
@pytest.mark.parametrize("call", ["send_task_success", "send_task_heartbeat"])
def test_nobody_waits_whatever_word_the_service_has_for_it(
    clients: Clients, stub: Stubber, call: str, code: str
) -> None:
    stub.add_client_error(call, code, f"No such task: {TOKEN}")
    workflow = StepFunctionsWorkflow(clients.stepfunctions)
    with stub:
        heard = workflow.complete(TOKEN, "{}") if call == "send_task_success" else workflow.heartbeat(TOKEN)
    assert heard is False


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDeniedException", AccessRefusedError),
        ("ThrottlingException", ServiceUnavailableError),
        ("InvalidOutput", RequestRejectedError),
    ],
)
def test_another_trouble_with_a_wait_is_raised_and_never_shows_the_token(
    clients: Clients, stub: Stubber, code: str, kind: type[GuardError]
) -> None:
    stub.add_client_error("send_task_success", code, "Because.")
    with stub, pytest.raises(kind) as caught:
        StepFunctionsWorkflow(clients.stepfunctions).complete(TOKEN, "{}")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ExecutionAlreadyExists", NameTakenError),
        ("ExecutionLimitExceeded", QuotaReachedError),
        ("StateMachineDoesNotExist", NotFoundError),
        ("InvalidName", RequestRejectedError),
    ],
)
def test_a_start_that_is_refused_has_its_kind(
    clients: Clients, stub: Stubber, code: str, kind: type[GuardError]
) -> None:
    stub.add_client_error("start_execution", code, "Because.")
    with stub, pytest.raises(kind, match="one of arn"):
        StepFunctionsWorkflow(clients.stepfunctions).start(MACHINE, "one", "{}")


def test_a_failed_execution_says_why_and_when(clients: Clients, stub: Stubber) -> None:
    elsewhere = START.astimezone(timezone(timedelta(hours=5)))
    found = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "status": "FAILED",
        "startDate": elsewhere,
        "stopDate": elsewhere,
        "error": "RunFailed",
        "cause": "The run failed.",
    }
    stub.add_response("describe_execution", found, {"executionArn": EXECUTION})
    with stub:
        execution = StepFunctionsWorkflow(clients.stepfunctions).execution(EXECUTION)
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "RunFailed", "The run failed.")
    assert (execution.started_at, execution.ended_at, execution.output) == (START, START, "")
