"""What a deployed stack says of itself: its outputs, which tell the CLI names and ARNs, and what it made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.doctoring.facts import StackFacts, StackResource
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


class CloudFormationStacks:
    """Stacks over CloudFormation."""

    def __init__(self, client: "CloudFormationClient") -> None:
        self._client = client

    def facts(self, stack: str) -> StackFacts:
        """The stack's status, outputs and resources; see Stacks.facts."""
        region = self._client.meta.region_name
        try:
            with translated("look at the stack", f"{stack} in {region}"):
                told = self._client.describe_stacks(StackName=stack)["Stacks"][0]
                pages = self._client.get_paginator("list_stack_resources").paginate(StackName=stack)
                listed = [each for page in pages for each in page["StackResourceSummaries"]]
        except RequestRejectedError as exc:
            if "does not exist" not in str(exc):
                raise
            raise _absent(stack, region) from exc
        return StackFacts(
            arn=told.get("StackId", ""),
            status=told["StackStatus"],
            outputs={each["OutputKey"]: each["OutputValue"] for each in told.get("Outputs", ())},
            resources=tuple(
                StackResource(
                    each["LogicalResourceId"], each["ResourceType"], each.get("PhysicalResourceId", "")
                )
                for each in listed
            ),
            reason=told.get("StackStatusReason", ""),
        )
