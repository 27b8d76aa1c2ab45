"""Checks every outgoing request against botocore's own service model, patterns included.

botocore checks types, required members and minimum lengths, but neither patterns, maximum lengths nor enums
(docs/bedrock.md, 1.1), so a name with an underscore would only be found out by the service.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

from finetune_guard.core.errors import RequestRejectedError

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: Their identifiers were issued by the service, so a published pattern that lags behind what it issues must
#: not keep us from looking at a job, stopping it or deleting its model.
ISSUED_BY_THE_SERVICE: Final = frozenset(
    {"GetModelCustomizationJob", "StopModelCustomizationJob", "DeleteCustomModel"}
)
#: Never shown in a message, besides what the model itself marks as sensitive.
SECRET: Final = frozenset({"taskToken"})

#: Published patterns that need exponential time on hostile input, and the same language in linear time: 60
#: dashes are `-*` times something in 2**60 ways.
_LINEAR: Final[Mapping[str, str]] = {
    r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*": r"[a-zA-Z0-9][a-zA-Z0-9+\-.]*",
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """One member of a request that the service would refuse."""

    field: str
    given: str
    expected: str

    def __str__(self) -> str:
        return f"{self.field} is {self.given}, expected {self.expected}"


def install(client: "BaseClient") -> None:
    """Makes a client check each request before it is sent."""
    client.meta.events.register_last("before-parameter-build", _before_parameter_build)


def _before_parameter_build(params: object, model: OperationModel, **_: object) -> None:
    check(model, params)


def check(model: OperationModel, params: object) -> None:
    """Raises for a request that the service would refuse by its published model.

    Raises:
        RequestRejectedError: Names every member that does not fit, what was given and what is expected.
    """
    if model.input_shape is None:
        return
    patterns = model.name not in ISSUED_BY_THE_SERVICE
    misfits = list(misfits_of(model.input_shape, params, patterns=patterns))
    if misfits:
        raise RequestRejectedError(
            f"{model.name} was not sent: {'; '.join(map(str, misfits))}.", "ValidationException"
        )


def misfits_of(shape: Shape, value: object, *, patterns: bool = True, path: str = "") -> Iterator[Misfit]:
    """Every part of `value` that does not fit its shape; wrong types are left to botocore's own check."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        for name in value.keys() & shape.members.keys():
            inner = f"{path}.{name}".lstrip(".")
            yield from misfits_of(shape.members[name], value[name], patterns=patterns, path=inner)
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        yield from _size(shape, len(value), "entries", path)
        for index, item in enumerate(value):
            yield from misfits_of(shape.member, item, patterns=patterns, path=f"{path}[{index}]")
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        yield from _size(shape, len(value), "entries", path)
        for key, item in value.items():
            yield from misfits_of(shape.key, key, patterns=patterns, path=f"{path} key")
            yield from misfits_of(shape.value, item, patterns=patterns, path=f"{path}.{key}")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from _text(shape, value, path, patterns=patterns)
    elif isinstance(value, int | float):
        yield from _number(shape, value, path)


def _text(shape: Shape, value: str, path: str, *, patterns: bool) -> Iterator[Misfit]:
    """The length is looked at first: it bounds the time that a pattern takes."""
    too_long = list(_size(shape, len(value), "characters", path))
    if too_long:
        yield from too_long
        return
    shown = _shown(shape, value, path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield Misfit(path, shown, f"one of {', '.join(allowed)}")
    pattern = shape.metadata.get("pattern")
    compiled = _compiled(pattern) if pattern and patterns else None
    if compiled and not compiled.fullmatch(value):
        yield Misfit(path, shown, f"the pattern {pattern}")


def _shown(shape: Shape, value: str, path: str) -> str:
    if shape.metadata.get("sensitive") or path in SECRET:
        return f"a secret of {len(value)} characters"
    return repr(value if len(value) <= 80 else value[:77] + "...")


def _size(shape: Shape, length: int, unit: str, path: str) -> Iterator[Misfit]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and length < least) or (most is not None and length > most):
        yield Misfit(path, f"{length} {unit} long", _range(least, most))


def _number(shape: Shape, value: float, path: str) -> Iterator[Misfit]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and value < least) or (most is not None and value > most):
        yield Misfit(path, str(value), _range(least, most))


def _range(least: int | None, most: int | None) -> str:
    return f"at least {least or 0}" if most is None else f"{least or 0} to {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    r"""The pattern for Python; None for one that only Java understands, such as \p{ASCII}.

    ASCII, since \d and \s mean only ASCII in Java.
    """
    try:
        return re.compile(_LINEAR.get(pattern, pattern), re.ASCII)
    except re.error:
        return None
