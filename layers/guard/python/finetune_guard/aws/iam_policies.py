"""A role's trust, and what IAM's simulator says of its policies."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.access.rights import Right, Ruling

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef


class IamPolicies:
    """RolePolicies over IAM, with the caller's own rights."""

    def __init__(self, client: "IAMClient") -> None:
        self._client = client

    def trust(self, role_arn: str) -> str:
        """The role's trust policy; see RolePolicies.trust."""
        with translated("look at the role", role_arn):
            role = self._client.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        # botocore decodes the policy that IAM sends as text.
        return json.dumps(role.get("AssumeRolePolicyDocument", {}))

    def rulings(
        self, role_arn: str, rights: Sequence[Right], context: Mapping[str, str]
    ) -> tuple[Ruling, ...]:
        """What the role's policies say; see RolePolicies.rulings.

        One call for each right: of several resources in one, each action would be judged on each.
        """
        entries: list[ContextEntryTypeDef] = [
            {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
            for key, value in context.items()
        ]
        return tuple(self._ruling(role_arn, right, entries) for right in rights)

    def _ruling(self, role_arn: str, right: Right, context: "list[ContextEntryTypeDef]") -> Ruling:
        with translated("ask IAM what may be done by", role_arn):
            answer = self._client.simulate_principal_policy(
                PolicySourceArn=role_arn,
                ActionNames=[right.action],
                ResourceArns=[right.resource],
                ContextEntries=context,
            )
        result = answer["EvaluationResults"][0]
        return Ruling(right, result["EvalDecision"], tuple(result.get("MissingContextValues", ())))
