"""What is wrong with a JSON value according to a shape of botocore's model.

Apart from values.py, which the workers import: botocore would take a third of a worker's start.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import chain

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local.bedrock.values import Json

_NON_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})


def broken(shape: Shape, value: Json, path: str = "") -> Iterator[str]:
    """Every constraint of a shape that a value breaks, in the service's wording; nothing when it fits."""
    if isinstance(shape, StructureShape):
        return _structure(shape, value, path)
    if isinstance(shape, ListShape):
        return _list(shape, value, path)
    if isinstance(shape, MapShape):
        return _map(shape, value, path)
    if isinstance(shape, StringShape):
        return _string(shape, value, path)
    return _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _says(path, value, "Member must be an object")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield _says(_join(path, name), None, "Member must not be null")
    given = [(name, member) for name, member in shape.members.items() if value.get(name) is not None]
    if getattr(shape, "is_tagged_union", False) and len(given) != 1:
        yield _says(path, None, f"Exactly one of [{', '.join(shape.members)}] must be set")
    yield from chain.from_iterable(broken(member, value[name], _join(path, name)) for name, member in given)


def _list(shape: ListShape, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _says(path, value, "Member must be a list")
        return
    yield from _size(shape, len(value), path, "[…]")
    for place, item in enumerate(value, start=1):
        yield from broken(shape.member, item, f"{path}.{place}.member")


def _map(shape: MapShape, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _says(path, value, "Member must be an object")
        return
    yield from _size(shape, len(value), path, "{…}")
    for key, item in value.items():
        yield from broken(shape.key, key, f"{path}.key")
        yield from broken(shape.value, item, _join(path, key))


def _string(shape: StringShape, value: Json, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _says(path, value, "Member must be a string")
        return
    if shape.enum and value not in shape.enum:
        yield _says(path, value, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    yield from _size(shape, len(value), path, value)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(str(pattern)).fullmatch(value):
        yield _says(path, value, f"Member must satisfy regular expression pattern: {pattern}")


def _scalar(shape: Shape, value: Json, path: str) -> Iterator[str]:
    if not _is_a(shape.type_name, value):
        yield _says(path, value, f"Member must be a {shape.type_name}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if value < shape.metadata.get("min", value):
            yield _says(
                path, value, f"Member must have value greater than or equal to {shape.metadata['min']}"
            )
        if value > shape.metadata.get("max", value):
            yield _says(path, value, f"Member must have value less than or equal to {shape.metadata['max']}")


def _is_a(type_name: str, value: Json) -> bool:
    if type_name == "boolean":
        return isinstance(value, bool)
    if type_name == "timestamp":
        return isinstance(value, str) and parsed_time(value) is not None
    if type_name in {"float", "double"} and value in _NON_FINITE:
        return True
    wanted = int if type_name in {"integer", "long"} else (int, float)
    return isinstance(value, wanted) and not isinstance(value, bool)


def parsed_time(text: str) -> datetime | None:
    """An ISO 8601 time with its zone; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _size(shape: Shape, size: int, path: str, shown: str) -> Iterator[str]:
    if size < shape.metadata.get("min", 0):
        wanted = shape.metadata["min"]
        yield _says(path, shown, f"Member must have length greater than or equal to {wanted}")
    if size > shape.metadata.get("max", size):
        yield _says(path, shown, f"Member must have length less than or equal to {shape.metadata['max']}")


def _says(path: str, value: Json, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path or 'request'}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
