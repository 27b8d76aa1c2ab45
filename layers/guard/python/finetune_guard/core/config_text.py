"""A config's text as JSON, and how what was given is shown to a person: short, and never a secret."""

import json
import math
from collections.abc import Mapping

from finetune_guard.core.printable import safe_json
from finetune_guard.core.runs import Problem

#: Longest config that is read: ten times what one with every key takes, and well below what an item holds.
LONGEST_CONFIG = 32 * 1024
#: A value is shown with this many characters.
SHOWN = 60

OURS = "finetune-guard config"


class _FaultFoundError(ValueError):
    """Carries a sentence out of the JSON reader's hooks."""


def parse(text: str) -> object | Problem:
    """The document that `text` is, or the one problem that keeps it from being JSON."""
    if len(text) > LONGEST_CONFIG:
        return too_long(len(text))
    try:
        document: object = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as exc:
        return not_json(f"{len(text)} characters", f"{exc.msg} at line {exc.lineno}, column {exc.colno}.")
    except _FaultFoundError as exc:
        return not_json(f"{len(text)} characters", str(exc))
    except (RecursionError, ValueError):
        reason = "It nests too deeply, or holds a number too long to be read."
        return not_json(f"{len(text)} characters", reason)
    return document


def too_long(length: int) -> Problem:
    """The problem of a config that no config needs to be as long as."""
    message = f"The config is longer than {LONGEST_CONFIG} characters."
    advice = "Keep data in files; the config only names them."
    return Problem("CF001", "error", "", f"{length} characters", message, advice, OURS)


def unfit(document: Mapping[str, object]) -> Problem | None:
    """What keeps a JSON object from being kept at all: its length, its depth, half a character."""
    try:
        text = json.dumps(document, default=str, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        return not_json("a text", "A text holds half of a surrogate pair, which is no character.")
    except (RecursionError, ValueError, TypeError):
        return not_json("an object", "It nests too deeply, or holds what JSON has no form for.")
    return too_long(len(text)) if len(text) > LONGEST_CONFIG else None


def not_json(given: str, reason: str) -> Problem:
    """The problem of a text that is no JSON."""
    message = f"The config is not JSON: {reason}"
    return Problem("CF001", "error", "", given, message, "Compare it with examples/config.json.", OURS)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen: dict[str, object] = {}
    for key, value in pairs:
        if key in seen:
            raise _FaultFoundError(f"The key {shown(key)} is there twice.")
        seen[key] = value
    return seen


def _constant(word: str) -> object:
    raise _FaultFoundError(f"{word} is not a JSON number.")


def shown(value: object) -> str:
    """A value as a person gave it, shortened; of objects and lists only the kind and size.

    What follows a "?" in a text is left out: a pre-signed address carries its secret there.
    """
    if isinstance(value, str):
        text = value.partition("?")[0] + ("?…" if "?" in value else "")
        return safe_json(json.dumps(text if len(text) <= SHOWN else text[:SHOWN] + "…", ensure_ascii=False))
    if value is None or isinstance(value, bool | int | float):
        return _scalar(value)
    return kind_of(value)


def _scalar(value: bool | int | float | None) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**SHOWN:
        return "a whole number of more than 60 digits"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(value)


def kind_of(value: object) -> str:
    """What JSON calls the value, without saying what it holds."""
    if isinstance(value, Mapping):
        return f"an object of {len(value)} {'key' if len(value) == 1 else 'keys'}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    kinds = {str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}
    return kinds.get(type(value), f"a {type(value).__name__}")
