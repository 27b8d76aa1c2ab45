"""What a deployment must never replace: the resources that hold data, and the properties that name them.

CloudFormation makes a resource anew when its logical id changes or a property that it cannot change in place,
and then deletes the old one, or leaves it behind where it is retained; the stack no longer has its data.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.infra.deployed import REGION

KEPT = Path(__file__).parent / "stateful.json"

#: Kinds that hold what nobody can make again: records, data, mails not yet delivered, confirmed addresses.
STATEFUL = (
    "AWS::DynamoDB::GlobalTable",
    "AWS::S3::Bucket",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
)

Kept = Mapping[str, Mapping[str, Any]]


@cache
def replacing(kind: str) -> tuple[str, ...]:
    """The properties that cannot be changed in place, by the schema of the kind."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    paths = (*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ()))
    return tuple(sorted({path.split("/")[2] for path in paths}))


def described(template: Mapping[str, Any]) -> Kept:
    """Logical id → kind, and what replaces it where that changes."""
    return {
        name: {
            "kind": resource["Type"],
            "policies": [resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")],
            **{key: resource["Properties"].get(key) for key in replacing(resource["Type"])},
        }
        for name, resource in sorted(template["Resources"].items())
        if resource["Type"] in STATEFUL
    }


def written(kept: Kept) -> str:
    """As it is kept, a resource a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(what, sort_keys=True)}" for name, what in kept.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def losses(before: Kept, after: Kept) -> list[str]:
    """What a deployment of `after` over `before` would leave behind or delete, a sentence each."""
    return [loss for name, what in before.items() for loss in _loss(name, what, after.get(name))]


def _loss(name: str, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> list[str]:
    if after is None:
        return [f"{name} ({before['kind']}) is gone: a new name, or taken away"]
    if before["kind"] != after["kind"]:
        return [f"{name} was {before['kind']} and would be {after['kind']}"]
    changed = [key for key in before if key != "kind" and before[key] != after.get(key)]
    return [
        f"{name} ({before['kind']}) would be {'kept no longer' if key == 'policies' else 'made anew'}: "
        f"{key} was {before[key]} and would be {after.get(key)}"
        for key in changed
    ]
