"""`python -m tests.infra.options_page`: writes the table of docs/options.md from infra/settings.py."""

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from infra.settings import (
    ENVIRONMENT_DEFAULTS,
    BucketName,
    DeployOptions,
    Email,
    EventSource,
    KeyArn,
    RoleArn,
)
from tests.generated_part import with_part

PAGE = Path(__file__).resolve().parents[2] / "docs" / "options.md"
MARKS = ("<!-- made -->", "<!-- /made -->")

#: What a text is, by its type in the settings.
_TEXTS: Mapping[Any, str] = {
    Email: "e-mail addresses",
    BucketName: "names of buckets",
    KeyArn: "ARNs of KMS keys",
    RoleArn: "ARNs of roles",
    EventSource: "event sources",
}
#: Values to show, where the default tells nothing of how one is written.
EXAMPLES: Mapping[str, str] = {
    "stackName": "FinetuneGuard-dev",
    "environment": "dev",
    "alertEmails": "ml@example.com,lead@example.com",
    "opsEmails": "oncall@example.com",
    "dataBuckets": "team-data,team-models",
    "dataKeys": "arn:aws:kms:us-east-1:111122223333:key/0f3a9b12",
    "bedrockRoleArns": "arn:aws:iam::111122223333:role/TeamBedrockRole",
    "bedrockEventSources": "local.bedrock",
    "target": "local",
    "heartbeatMinutes": "30",
    "waitTimeoutMinutes": "720",
    "quotaWaitSeconds": "600",
    "stopsPerHour": "5",
    "logDays": "90",
    "removal": "destroy",
    "pointInTimeRecovery": "false",
}


def explained() -> dict[str, str]:
    """Field → what the settings' docstring says of it."""
    doc = inspect.getdoc(DeployOptions) or ""
    attributes = doc.partition("Attributes:\n")[2]
    found = re.findall(r"^    (\w+): (.*(?:\n      .*)*)", attributes, re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in found}


def page(text: str) -> str:
    """The page with its table made anew."""
    return with_part(text, MARKS, _lines(), PAGE)


def _lines() -> Iterator[str]:
    yield "| option | what it takes | default | what it is | example |"
    yield "|---|---|---|---|---|"
    said = explained()
    for name, field in DeployOptions.model_fields.items():
        key = field.alias or name
        example = f"`-c {key}={EXAMPLES[key]}`" if key in EXAMPLES else ""
        what = said[name].replace("|", "\\|")
        yield f"| `{key}` | {_takes(field)} | {_default(key, field)} | {_options_named(what)} | {example} |"


def _options_named(text: str) -> str:
    """Options by the names that a deployer types."""
    for name, field in DeployOptions.model_fields.items():
        if "_" in name:
            text = re.sub(rf"`?\b{name}\b`?", f"`{field.alias}`", text)
    return text


def _default(key: str, field: FieldInfo) -> str:
    elsewhere = [
        f"{environment}: {_value(defaults[key])}"
        for environment, defaults in ENVIRONMENT_DEFAULTS.items()
        if key in defaults
    ]
    return "; ".join([_value(field.default), *elsewhere])


def _value(value: object) -> str:
    return "none" if value in (None, ()) else str(value).lower() if isinstance(value, bool) else str(value)


def _takes(field: FieldInfo) -> str:
    bounds = {type(mark): mark for mark in field.metadata}
    if Ge in bounds and Le in bounds:
        return f"a number, {bounds[Ge].ge:,} to {bounds[Le].le:,}"
    most = f", at most {bounds[MaxLen].max_length}" if MaxLen in bounds else ""
    patterns = [mark.pattern for mark in field.metadata if isinstance(mark, StringConstraints)]
    return _words(field.annotation, patterns) + most


def _words(kind: Any, patterns: list[Any]) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(str(value) for value in get_args(kind))
    if get_origin(kind) is tuple:
        return f"{_TEXTS.get(get_args(kind)[0], 'texts')}, comma-separated"
    if get_origin(kind) in (Union, UnionType, Annotated):
        return _words(next(part for part in get_args(kind) if part is not NoneType), patterns)
    if kind is bool:
        return "true or false"
    return f"a text like `{patterns[0]}`".replace("|", "\\|") if patterns else "a text"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
