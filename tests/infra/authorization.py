"""What IAM knows of actions, resources and condition keys, held against a statement.

IAM takes a statement with a misspelt action, a resource of the wrong kind or a condition key that the action
does not have, and then allows nothing by it: the account shows it only when the call is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

from tests.infra.deployed import Resource, many

TABLE = Path(__file__).parent / "authorization.json"

#: Keys that are in the context of every request (IAM guide, "AWS global condition context keys").
EVERYWHERE = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:securetransport"})
#: Parts of an ARN that may hold a slash; others end at the next one.
_WITH_SLASHES = {"ObjectName", "RoleNameWithPath", "LogGroupName", "LogStreamName", "ResourceId"}


class _Action(TypedDict):
    on: list[str]


_Keys = TypedDict("_Keys", {"if": list[str]})


class Action(_Action, _Keys):
    """Which kinds of resource an action has, and which condition keys whatever the resource."""


class Kind(_Keys):
    """How ARNs of a kind look, and which condition keys they bring."""

    arn: str


class Service(TypedDict):
    actions: dict[str, Action]
    resources: dict[str, Kind]


@dataclass(frozen=True)
class Use:
    """One action on one resource pattern, under the keys of its statement's conditions."""

    action: str
    pattern: str
    keys: tuple[str, ...]


@cache
def services() -> Mapping[str, Service]:
    """Service prefix → what IAM knows of it."""
    table: dict[str, Service] = json.loads(TABLE.read_text())["services"]
    return table


def uses(statement: Resource, arns: list[str]) -> Iterator[Use]:
    """What a statement says, one by one; `arns` are its resources as text."""
    keys = tuple(key for pairs in statement.get("Condition", {}).values() for key in pairs)
    for action in many(statement["Action"]):
        for pattern in arns:
            yield Use(action, pattern, keys)


def faults(use: Use) -> list[str]:
    """What keeps a statement from ever allowing this, a sentence each."""
    prefix, _, name = use.action.partition(":")
    service = services().get(prefix)
    if service is None or name not in service["actions"]:
        return [f"{use.action}: no such action in the Service Authorization Reference"]
    action = service["actions"][name]
    kinds = [kind for kind in action["on"] if _may_be(use.pattern, service["resources"][kind]["arn"])]
    if action["on"] and not kinds:
        return [f"{use.action}: on {use.pattern}, but it takes {', '.join(action['on'])} only"]
    if not action["on"] and use.pattern != "*":
        return [f"{use.action}: on {use.pattern}, but it takes no resource, so * only"]
    known = _known(action, [service["resources"][kind] for kind in kinds])
    return [
        f"{use.action}: on {use.pattern} there is no {key}, so the condition never holds"
        for key in use.keys
        if not _is_known(key, known)
    ]


def _known(action: Action, kinds: list[Kind]) -> set[str]:
    keys = {*action["if"], *(key for kind in kinds for key in kind["if"])}
    return {re.sub(r"\$\{.*", "", key).lower() for key in keys}


def _is_known(key: str, known: set[str]) -> bool:
    """Whether a key, or the key up to the name of a tag, is among those that are known."""
    whole = key.lower()
    return whole in EVERYWHERE or whole in known or whole.partition("/")[0] + "/" in known


def _may_be(pattern: str, template: str) -> bool:
    """Whether an ARN exists that both the pattern and the form of a kind of resource fit."""
    if pattern == "*":
        return True
    ours, form = pattern.split(":", 5), template.split(":", 5)
    return len(ours) == len(form) and all(
        _meet(tuple(part), _pieces(piece)) for part, piece in zip(ours, form, strict=True)
    )


@cache
def _pieces(template: str) -> tuple[str, ...]:
    """The form as characters; "**" stands for any text, "*/" for one without slash and colon."""
    pieces: list[str] = []
    for text, name in re.findall(r"([^$]*)(?:\$\{(\w+)\})?", template):
        pieces.extend(text)
        if name:
            pieces.append("**" if name in _WITH_SLASHES else "*/")
    return tuple(pieces)


@cache
def _meet(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether some text fits both: `left` of characters and *, `right` of characters, ** and */."""
    if not left:
        return all(len(piece) == 2 for piece in right)
    if left[0] == "*":
        return _meet(left[1:], right) or (bool(right) and _meet(left, right[1:]))
    if not right:
        return False
    if len(right[0]) == 2:
        takes = right[0] == "**" or left[0] not in "/:"
        return _meet(left, right[1:]) or (takes and _meet(left[1:], right))
    return left[0] in (right[0], "?") and _meet(left[1:], right[1:])
