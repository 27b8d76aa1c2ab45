"""What a deployed stack says of itself: its outputs, which tell the CLI names and ARNs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.errors import NotFoundError, RequestRejectedError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


class CloudFormationOutputs:
    """StackOutputs over CloudFormation."""

    def __init__(self, client: "CloudFormationClient") -> None:
        self._client = client

    def read(self, stack: str) -> Mapping[str, str]:
        """The stack's outputs by their key.

        Raises:
            NotFoundError: There is no such stack in this region, or it has no outputs.
            AccessRefusedError: The caller may not look at it.
        """
        region = self._client.meta.region_name
        try:
            with translated("look at the stack", f"{stack} in {region}"):
                stacks = self._client.describe_stacks(StackName=stack)["Stacks"]
        except RequestRejectedError as exc:
            # CloudFormation has no code of its own for an absent stack: a ValidationError says so.
            if "does not exist" not in str(exc):
                raise
            raise _absent(stack, region) from exc
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", ())}
        if not outputs:
            raise _absent(stack, region)
        return outputs


def _absent(stack: str, region: str) -> NotFoundError:
    return NotFoundError(
        f"There is no stack {stack} with outputs in {region}. Deploy it with `cdk deploy`, or name the "
        "right one with --stack and --region.",
        "ValidationError",
    )
