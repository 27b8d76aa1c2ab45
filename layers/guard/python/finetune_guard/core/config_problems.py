"""What is wrong with the shape of a config, as problems with the nearest thing that is accepted."""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from finetune_guard.core.config_text import OURS, SHOWN, kind_of, shown
from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.hyperparameters.foreign_names import foreign, nearest_name, plain_name
from finetune_guard.core.printable import printable
from finetune_guard.core.runs import Problem

AWS_CREATE = "AWS, CreateModelCustomizationJob (API reference)"

#: Keys of the seed's sample that no field of CreateModelCustomizationJob answers to (docs/bedrock.md, 5.4).
PEFT = {
    "enable_peft": "Leave it out: Bedrock chooses how it fine-tunes, and has no switch for it.",
    "peft_method": "Leave it out: Bedrock chooses the method; what can be set is in hyperparameters.",
    "lora_rank": "Leave it out: no base exposes a rank; the knob nearest to it is the learning rate.",
}


def not_an_object(document: object) -> Problem:
    """The problem of a JSON value that is no object."""
    message = "The config must be a JSON object with job_name, base_model_id, training_data_path and so on."
    return Problem(
        "CF002", "error", "", kind_of(document), message, "Compare it with examples/config.json.", OURS
    )


def unaccepted(document: Mapping[str, object]) -> tuple[Problem, ...]:
    """Each key of the seed that Bedrock has no field for; null counts as left out."""
    return tuple(
        Problem(
            "CF007", "error", key, shown(document[key]), f"Bedrock does not accept {key}.", advice, AWS_CREATE
        )
        for key, advice in PEFT.items()
        if document.get(key) is not None
    )


def from_pydantic(error: ValidationError, keys: tuple[str, ...]) -> tuple[Problem, ...]:
    """One problem for each fault that pydantic found, once each key.

    Args:
        error: What it found.
        keys: Every key of a config, dotted.
    """
    problems = (_problem(detail, keys) for detail in error.errors(include_url=False))
    return tuple({problem.key: problem for problem in problems}.values())


def _problem(detail: ErrorDetails, keys: tuple[str, ...]) -> Problem:
    key = ".".join(_shortened(part) for part in detail["loc"] if part != "[key]")
    kind = detail["type"]
    if kind == "missing":
        message = f"{key} is missing; it is required."
        return Problem("CF003", "error", key, "nothing", message, f"Add {key}.", OURS)
    if kind == "extra_forbidden":
        message = f"{key} is not a key of the config."
        given = kind_of(detail["input"])
        return Problem("CF004", "error", key, given, message, _instead(key, keys), OURS)
    code = "CF005" if kind.endswith("_type") or "parsing" in kind else "CF006"
    advice = _nearest_word(detail) or _without_quotes(detail)
    return Problem(code, "error", key, shown(detail["input"]), _sentence(detail), advice, OURS)


def _shortened(part: object) -> str:
    text = printable(str(part))
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _sentence(detail: ErrorDetails) -> str:
    words = detail["msg"].removeprefix("Value error, ").replace("Input should", "This should")
    return words[:1].upper() + words[1:] + "."


def _nearest_word(detail: ErrorDetails) -> str:
    choices = re.findall(r"'([^']+)'", str(detail.get("ctx", {}).get("expected", "")))
    given = detail["input"]
    if not isinstance(given, str) or not choices:
        return ""
    nearest = get_close_matches(given[:SHOWN].strip().lower(), choices, 1, 0.3)
    return f'Did you mean "{nearest[0]}"?' if nearest else ""


def _without_quotes(detail: ErrorDetails) -> str:
    """What to write in place of a number that was given as text."""
    given = detail["input"]
    wanted = detail["type"] in ("float_type", "int_type")
    if not wanted or not isinstance(given, str) or len(given) > SHOWN:
        return ""
    try:
        plain = json.loads(given)
    except ValueError:
        return ""
    return f"Write {given.strip()}, without quotes." if type(plain) in (int, float) else ""


def _instead(key: str, keys: tuple[str, ...]) -> str:
    """What to do with an unknown key: a hyperparameter in the wrong place, a name from elsewhere, a slip."""
    last = key.rpartition(".")[2]
    names = [name for base in shipped() for name in base.knobs if base.limits.validation]
    known = foreign(last)
    if known is not None or plain_name(last) in {plain_name(name) for name in names}:
        near = nearest_name(last, names)
        moved = f"{near} is a hyperparameter: put it in hyperparameters."
        return moved if near else known.advice if known else ""
    nearest = _nearest_key(key, keys)
    return f"Did you mean {nearest}?" if nearest else "Remove it."


def at_its_place(key: str, keys: tuple[str, ...]) -> str:
    """The dotted key of a config that `key` is, wherever it was put; "" where it is none."""
    by_last = {plain_name(name.rpartition(".")[2]): name for name in reversed(keys)}
    return by_last.get(plain_name(key), "")


def _nearest_key(key: str, keys: tuple[str, ...]) -> str:
    """The known key most like `key`: at its own level first, then anywhere by its last part."""
    level, _, last = key.rpartition(".")
    beside = [name for name in keys if name.rpartition(".")[0] == level]
    close = get_close_matches(key, beside, 1, 0.6)
    if close:
        return close[0]
    by_last = {name.rpartition(".")[2]: name for name in keys}
    found = get_close_matches(last, by_last, 1, 0.75)
    return by_last[found[0]] if found else ""
