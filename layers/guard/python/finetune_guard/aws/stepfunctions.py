"""Executions and task tokens of Step Functions. A token is a secret: no message here shows one."""

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING, Final

from finetune_guard.aws.errors import translated
from finetune_guard.core.errors import ServiceError
from finetune_guard.core.observations import Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

#: Answered already, timed out, or the execution has ended (fault row 76).
NOBODY_WAITS: Final = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})


class StepFunctionsWorkflow:
    """Workflow over Step Functions."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def start(self, machine_arn: str, name: str, document: str) -> str:
        """Starts an execution and returns its ARN; see Workflow.start.

        AWS answers a second start of the same name and input with the running execution's own ARN.
        """
        with translated("start the execution", f"{name} of {machine_arn}"):
            return self._client.start_execution(stateMachineArn=machine_arn, name=name, input=document)[
                "executionArn"
            ]

    def complete(self, token: str, document: str) -> bool:
        """Ends a wait; False when nobody waits on the token any more."""
        return _heard("complete", lambda: self._client.send_task_success(taskToken=token, output=document))

    def heartbeat(self, token: str) -> bool:
        """Keeps a wait alive; False when nobody waits on the token any more."""
        return _heard("keep alive", lambda: self._client.send_task_heartbeat(taskToken=token))

    def execution(self, execution_arn: str) -> Execution:
        """Where an execution is; see Workflow.execution."""
        with translated("look at the execution", execution_arn):
            found = self._client.describe_execution(executionArn=execution_arn)
        ended = found.get("stopDate")
        return Execution(
            arn=found["executionArn"],
            status=found["status"],
            started_at=found["startDate"].astimezone(UTC),
            ended_at=ended.astimezone(UTC) if ended else None,
            output=found.get("output", ""),
            error=found.get("error", ""),
            cause=found.get("cause", ""),
        )


def _heard(doing: str, call: Callable[[], object]) -> bool:
    try:
        with translated(doing, "a wait by its task token"):
            call()
    except ServiceError as exc:
        if exc.code in NOBODY_WAITS:
            return False
        raise
    return True
