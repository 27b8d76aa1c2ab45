"""A synthesised template, read the way AWS reads it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stack import GuardStack

Resource = dict[str, Any]

#: What pseudo-parameters and references become, so that definitions and policies can be read as text.
ACCOUNT, REGION = "111122223333", "us-east-1"
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "FinetuneGuard",
}

#: Statements that every function has.
EVERY_FUNCTION = {
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}


@dataclass(frozen=True)
class Deployed:
    """One synthesis: the stack, its template, where it lies."""

    stack: GuardStack
    template: Mapping[str, Any]
    folder: Path

    @property
    def template_path(self) -> Path:
        return self.folder / f"{self.stack.stack_name}.template.json"

    def resources(self, kind: str) -> dict[str, Resource]:
        return {
            name: resource["Properties"]
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }

    def functions(self) -> dict[str, Resource]:
        """Handler name → function."""
        found = self.resources("AWS::Lambda::Function").values()
        return {function["Handler"].removesuffix(".handler"): function for function in found}

    def function_name(self, handler: str) -> str:
        """Logical id of a handler's function."""
        return next(
            name
            for name, function in self.resources("AWS::Lambda::Function").items()
            if function["Handler"] == f"{handler}.handler"
        )

    def machines(self) -> dict[str, Resource]:
        """MiniRun, FullRun, RehearseThenRun → machine."""
        found = self.resources("AWS::StepFunctions::StateMachine")
        return {re.sub(r"^Machines(\w+)Machine.*", r"\1", name): machine for name, machine in found.items()}

    def definition(self, machine: str) -> Mapping[str, Any]:
        """A machine's definition, references filled in."""
        text = text_of(self.machines()[machine]["DefinitionString"])
        definition: Mapping[str, Any] = json.loads(text)
        return definition

    def role_statements(self, role: object) -> list[Resource]:
        """Every statement of a role, given as the template refers to it."""
        name = _name_of(role)
        inline = self.template["Resources"][name]["Properties"].get("Policies", ())
        documents = [policy["PolicyDocument"] for policy in inline]
        for policy in self.resources("AWS::IAM::Policy").values():
            if name in [_name_of(attached) for attached in policy["Roles"]]:
                documents.append(policy["PolicyDocument"])
        return [statement for document in documents for statement in document["Statement"]]

    def statements(self, handler: str) -> list[Resource]:
        """Every statement of a function's role."""
        return self.role_statements(self.functions()[handler]["Role"])


def allowed(statements: list[Resource]) -> set[str]:
    """The actions that are allowed."""
    return {
        action
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in many(statement["Action"])
    }


def statement_of(statements: list[Resource], action: str) -> Resource:
    """The one statement that allows an action."""
    found = statements_of(statements, action)
    assert len(found) == 1, f"{action}: {len(found)} statements"
    return found[0]


def statements_of(statements: list[Resource], action: str) -> list[Resource]:
    """Every statement that allows an action."""
    return [s for s in statements if s["Effect"] == "Allow" and action in many(s["Action"])]


def arns(statement: Resource) -> list[str]:
    """A statement's resources as text."""
    return [text_of(resource) for resource in many(statement["Resource"])]


def many(value: Any) -> list[Any]:
    """IAM writes a list of one as the one."""
    return value if isinstance(value, list) else [value]


def text_of(value: Any) -> str:
    """A template's text, references as `<Name.Attribute>`."""
    if isinstance(value, str):
        return value
    kind, inner = next(iter(value.items()))
    if kind == "Fn::Join":
        return str(inner[0]).join(text_of(part) for part in inner[1])
    if kind == "Fn::GetAtt":
        return f"<{inner[0]}.{inner[1]}>"
    return _PSEUDO.get(inner, f"<{inner}>")


def states(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The states of a definition; ours has no Map and no Parallel."""
    yield from definition["States"].items()


def _name_of(reference: Any) -> str:
    kind, inner = next(iter(reference.items()))
    return str(inner[0] if kind == "Fn::GetAtt" else inner)


def documents(resource: Resource) -> list[Resource]:
    """The policies of a role, or the one of a policy."""
    inline = [policy["PolicyDocument"] for policy in resource.get("Policies", ())]
    return [*inline, *([resource["PolicyDocument"]] if "PolicyDocument" in resource else [])]
