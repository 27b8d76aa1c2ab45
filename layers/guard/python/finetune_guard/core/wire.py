"""JSON for every value of ours: strict, with non-finite numbers as strings.

Non-finite numbers are "NaN", "Infinity" and "-Infinity", since JSON has no such numbers and every AWS service
that stores or forwards JSON refuses or drops the bare tokens (fault row 6).
"""

import json
import math
from typing import TypeVar

import msgspec

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.printable import safe_json

T = TypeVar("T")

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def number(value: float) -> float | str:
    """The JSON form of a float: itself when finite, otherwise its name as a string."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def plain(value: object) -> JsonValue:
    """The value as JSON-safe builtins: dataclasses become objects, times ISO 8601, Decimals strings."""
    return _finite(msgspec.to_builtins(value))


def _finite(value: object) -> JsonValue:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return number(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no JSON form for {type(value).__name__}")


def dumps(value: object) -> str:
    """One line of strict JSON, in which nothing could rewrite a screen or end a line (core/printable.py)."""
    built = msgspec.to_builtins(value, str_keys=True)
    try:
        return _line(built)
    except ValueError:  # a number is not finite, which is rare; to look for one takes most of the time
        return _line(_finite(built))


def _line(built: object) -> str:
    return safe_json(json.dumps(built, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def loads(text: str | bytes, kind: type[T]) -> T:
    """Reads what `dumps` wrote.

    Raises:
        InvalidInputError: The text is not JSON, or not a `kind`.
    """
    try:
        return msgspec.convert(msgspec.json.decode(text), kind, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise InvalidInputError(
            f"Cannot read a {kind.__name__} from {len(text)} characters of JSON: {exc}. "
            "Expected what this version of finetune-guard, or the one before it, wrote."
        ) from exc
