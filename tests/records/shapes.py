"""The fields of every record that is stored, from the types themselves, and what a change would break.

    python -m tests.records.shapes

writes tests/data/records/shapes.json anew. It refuses where records that are stored by now could not be read
any more, or would lose what they say: raise the version of the record's shape in core/stored.py, with a
migration.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

from finetune_guard.core.stored import SHAPES
from tests.records.kept import FOLDER

FILE = FOLDER / "shapes.json"


@dataclass
class Shapes:
    """What is stored.

    Attributes:
        versions: Of each kind of record.
        types: Each type that a record holds: its fields, with their types; "= …" where one may be missing.
        values: Each closed set of words.
        held: Which types and sets each kind of record holds.
    """

    versions: dict[str, int] = field(default_factory=dict)
    types: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)
    held: dict[str, list[str]] = field(default_factory=dict)


def present() -> Shapes:
    """The shapes of this code."""
    found = Shapes()
    for shape in SHAPES:
        name = shape.kind.__name__
        found.versions[name] = shape.version
        found.held[name] = sorted({kind.__name__ for kind in _within(shape.kind, set())})
        for kind in _within(shape.kind, set()):
            if issubclass(kind, Enum):
                found.values[kind.__name__] = [str(member.value) for member in kind]
            else:
                found.types[kind.__name__] = _fields(kind)
    return found


def _within(kind: Any, seen: set[type]) -> Iterator[type]:
    """The type and every type of ours below it."""
    if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, Enum)):
        if kind in seen:
            return
        seen.add(kind)
        yield kind
        for below in get_type_hints(kind).values() if is_dataclass(kind) else ():
            yield from _within(below, seen)
    for argument in get_args(kind):
        yield from _within(argument, seen)


def _fields(kind: type) -> dict[str, str]:
    hints = get_type_hints(kind)
    return {each.name: _text(hints[each.name]) + _default(each) for each in fields(kind)}


def _text(hint: Any) -> str:
    whole = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    return re.sub(r"[\w.]+\.(\w+)", r"\1", whole)


def _default(each: Any) -> str:
    return "" if each.default is MISSING and each.default_factory is MISSING else " = …"


def broken(before: Shapes, now: Shapes) -> Iterator[str]:
    """What a stored record would lose, or could not be read for, in a kind whose version has not risen."""
    for change, of in _changes(before, now):
        for kind, held in before.held.items():
            if of in held and now.versions.get(kind, 0) <= before.versions[kind]:
                yield f"{kind}, version {before.versions[kind]}: {change}"


def _changes(before: Shapes, now: Shapes) -> Iterator[tuple[str, str]]:
    for name, known in before.types.items():
        yield from ((change, name) for change in _of_fields(name, known, now.types.get(name, {})))
    for name, words in before.values.items():
        gone = [word for word in words if word not in now.values.get(name, [])]
        yield from ((f"{name} has no {word!r} any more", name) for word in gone)


def _of_fields(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key, kind in before.items():
        if key not in now:
            yield f"{name}.{key} is gone"
        elif now[key].removesuffix(" = …") != kind.removesuffix(" = …"):
            yield f"{name}.{key} was {kind}, is {now[key]}"
        elif kind.endswith(" = …") and not now[key].endswith(" = …"):
            yield f"{name}.{key} has no default any more"
    fresh = [key for key, kind in now.items() if key not in before and not kind.endswith(" = …")]
    yield from (f"{name}.{key} is new and has no default" for key in fresh)


def kept() -> Shapes:
    """The shapes as they are written down."""
    return Shapes(**json.loads(FILE.read_text()))


def main() -> int:
    now = present()
    faults = list(broken(kept(), now)) if FILE.exists() else []
    if faults:
        sys.stderr.write("\n".join((*faults, "Raise the version, with a migration: core/stored.py.\n")))
        return 1
    FILE.write_text(json.dumps(vars(now), indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
