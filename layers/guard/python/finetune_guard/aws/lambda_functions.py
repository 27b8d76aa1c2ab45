"""What Lambda says of a function."""

from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.doctoring.facts import FunctionFacts

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaFunctions:
    """Functions over Lambda."""

    def __init__(self, client: "LambdaClient") -> None:
        self._client = client

    def facts(self, name: str) -> FunctionFacts:
        """The function's state and what it runs; see Functions.facts."""
        with translated("look at the function", name):
            found = self._client.get_function_configuration(FunctionName=name)
        return FunctionFacts(
            state=found.get("State", ""),
            last_update=found.get("LastUpdateStatus", ""),
            runtime=found.get("Runtime", ""),
            layers=tuple(layer.get("Arn", "") for layer in found.get("Layers", ())),
            reason=found.get("StateReason", "") or found.get("LastUpdateStatusReason", ""),
        )
