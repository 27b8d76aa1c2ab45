"""JSON values: read, and written for the wire."""

import math
from collections.abc import Mapping

import msgspec

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Members = Mapping[str, Json]


def encode(value: object) -> bytes:
    """JSON for the wire: times as ISO 8601, non-finite floats as the strings that boto3 reads."""
    return msgspec.json.encode(finite(msgspec.to_builtins(value)))


def json_object(data: bytes) -> dict[str, Json]:
    """The JSON object that some bytes hold.

    Raises:
        ValueError: They hold no JSON, or another kind of value.
    """
    try:
        value = msgspec.json.decode(data)
    except msgspec.DecodeError as exc:
        raise ValueError(f"expected JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got a {type(value).__name__}")
    return value


def finite(value: object) -> object:
    """The value with "NaN", "Infinity" and "-Infinity" in place of the numbers that JSON has not."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
