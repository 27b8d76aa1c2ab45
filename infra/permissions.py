"""What a role may do, as values with their reasons; docs/permissions.md is written from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

Conditions = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Permission:
    """One statement of a policy.

    Attributes:
        sid: Names it in the policy and in docs/permissions.md.
        why: What it is for, in one sentence.
        actions: Exactly the calls; never a wildcard.
        resources: ARNs.
        conditions: As IAM writes them.
        wide: Why a resource ends in a wildcard; a wildcard without a reason does not pass the synthesis.
        deny: Whether it forbids.
    """

    sid: str
    why: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    wide: str = ""
    deny: bool = False

    def statement(self) -> iam.PolicyStatement:
        """The statement as the CDK wants it."""
        return iam.PolicyStatement(
            sid=self.sid,
            effect=iam.Effect.DENY if self.deny else iam.Effect.ALLOW,
            actions=list(self.actions),
            resources=list(self.resources),
            conditions={key: dict(value) for key, value in self.conditions.items()},
        )


#: Bought capacity bills by the hour whether it is used or not, so no function may ever buy it
#: (docs/architecture.md, "What must always hold").
NEVER_BUY_CAPACITY = Permission(
    sid="NeverBuyCapacity",
    why="Provisioned Throughput bills by the hour until somebody deletes it.",
    actions=("bedrock:CreateProvisionedModelThroughput",),
    resources=("*",),
    deny=True,
)


class NarrowRole(iam.Role):
    """A role that holds the permissions it is made with; the CDK adds none of its own.

    Args:
        scope: Where it is.
        id: Its construct id.
        assumed_by: Who may use it.
        purpose: One sentence for the role's description and docs/permissions.md.
        permissions: All that it may do.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        assumed_by: iam.IPrincipal,
        purpose: str,
        permissions: Sequence[Permission],
    ) -> None:
        document = iam.PolicyDocument(statements=[permission.statement() for permission in permissions])
        super().__init__(
            scope, id, assumed_by=assumed_by, description=purpose, inline_policies={"Calls": document}
        )
        self.purpose = purpose
        self.permissions = tuple(permissions)
        #: For constructs that would add permissions of their own, wider than needed.
        self.fixed = self.without_policy_updates()
        acknowledge_wildcards(self, permissions)

    def later(self, scope: Construct, id: str, permission: Permission) -> None:
        """One more permission, in a policy of its own, about something that depends on this role's user."""
        policy = iam.Policy(scope, id, roles=[self], statements=[permission.statement()])
        self.permissions += (permission,)
        acknowledge_wildcards(policy, [permission])


def bound(scope: Construct, boundary: str) -> None:
    """Puts every role below `scope` under a boundary, those that the CDK makes on its own too.

    Args:
        scope: The stack.
        boundary: ARN of a policy, or the name of one of the account that is deployed to; "" for none.
    """
    if not boundary:
        return
    arn = boundary if boundary.startswith("arn:") else _policy_of_the_account(boundary)
    policy = iam.ManagedPolicy.from_managed_policy_arn(scope, "PermissionsBoundary", arn)
    iam.PermissionsBoundary.of(scope).apply(policy)


def _policy_of_the_account(name: str) -> str:
    return f"arn:{cdk.Aws.PARTITION}:iam::{cdk.Aws.ACCOUNT_ID}:policy/{name}"


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Tells cdk-nag why each of these findings is right as it is."""
    for rule, reason in reasons.items():
        cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def acknowledge_wildcards(construct: IConstruct, permissions: Sequence[Permission]) -> None:
    """Tells cdk-nag why each wildcard is there, for the permissions that say why."""
    stack = cdk.Stack.of(construct)
    for permission in permissions:
        for resource in permission.resources:
            name = readable(stack.resolve(resource))
            if permission.wide and "*" in name:
                acknowledge(construct, {f"AwsSolutions-IAM5[Resource::{name}]": permission.wide})


def readable(arn: object) -> str:
    """A template's ARN as cdk-nag and people write it, such as `<Table.Arn>/index/*`."""
    if not isinstance(arn, dict):
        return str(arn)
    kind, value = next(iter(arn.items()))
    if kind == "Fn::Join":
        return str(value[0]).join(readable(part) for part in value[1])
    if kind == "Fn::GetAtt":
        return f"<{value[0]}.{value[1]}>"
    return f"<{value}>"
