"""Writes docs/permissions.md from the stack: `python -m infra.permissions_page > docs/permissions.md`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aws_cdk as cdk

from infra.constructs.doctor_policy import DoctorPolicy
from infra.constructs.operator_policy import OperatorPolicy
from infra.layer_build import built
from infra.permissions import NarrowRole, Permission, readable
from infra.settings import DeployOptions, committed_context
from infra.stack import GuardStack

_HEAD = """# Permissions

What each role of the stack may do, and why; nothing else is allowed. Written by `python -m
infra.permissions_page` from the stack itself and compared with it by a test, so it cannot go stale.

IAM is the boundary and pre-flight only explains: a config names its own role and S3 paths, so what these
roles may reach is what counts. No function may both create and stop jobs; stop and delete reach only what
carries the stack's tag; nobody may buy Provisioned Throughput. The deploy options `dataBuckets`, `dataKeys`
and `bedrockRoleArns` widen what is listed here by what they name (not shown: the page is of a stack without).

Names in angle brackets are other parts of the stack.
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds permissions.

    Attributes:
        place: Where in the stack.
        purpose: One sentence.
        permissions: All of them.
    """

    place: str
    purpose: str
    permissions: Sequence[Permission]


def holders(stack: cdk.Stack) -> Iterator[Holder]:
    """Every role, and the policies of the terminal, in the order in which the stack makes them."""
    for construct in stack.node.find_all():
        if isinstance(construct, NarrowRole | OperatorPolicy | DoctorPolicy):
            place = construct.node.path.removeprefix(f"{stack.stack_name}/").removesuffix("/Role")
            yield Holder(place, construct.purpose, construct.permissions)


def page(stack: cdk.Stack) -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_section(stack, holder) for holder in holders(stack))])


def _section(stack: cdk.Stack, holder: Holder) -> str:
    lines = [f"## {holder.place}", "", f"{holder.purpose}.", "", _row(*_COLUMNS), _row(*("---",) * 5)]
    for permission in holder.permissions:
        lines.append(_row(*_cells(stack, permission)))
    return "\n".join([*lines, ""])


_COLUMNS = ("statement", "actions", "on", "only if", "why")


def _cells(stack: cdk.Stack, permission: Permission) -> tuple[str, ...]:
    conditions = stack.resolve({key: dict(value) for key, value in permission.conditions.items()})
    return (
        f"**never** {permission.sid}" if permission.deny else permission.sid,
        _list(permission.actions),
        _list([_short(readable(stack.resolve(arn))) for arn in permission.resources]),
        _list([_condition(test, *pair) for test, pairs in conditions.items() for pair in pairs.items()]),
        f"{permission.why} {permission.wide}".strip(),
    )


def _condition(test: str, key: str, value: object) -> str:
    values = value if isinstance(value, list) else [value]
    return f"{key} {test} {' or '.join(readable(item) for item in values)}"


def _short(arn: str) -> str:
    """Without what every ARN of this account has in common, and without the CDK's hashes."""
    bare = re.sub(r"arn:<AWS::Partition>:(\w+):(?:<AWS::Region>)?:(?:<AWS::AccountId>)?:", r"\1:", arn)
    return re.sub(r"<([A-Za-z]+?)[0-9A-F]{8}(?:\.\w+)?>", r"<\1>", bare)


def _list(items: Sequence[str]) -> str:
    return "<br>".join(f"`{item}`" for item in items)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Prints the page."""
    app = cdk.App(context=committed_context(), builtin_cloud_formation_validation=False)
    print(page(GuardStack(app, DeployOptions(), built("aws"))), end="")  # noqa: T201  the command's answer


if __name__ == "__main__":
    main()
