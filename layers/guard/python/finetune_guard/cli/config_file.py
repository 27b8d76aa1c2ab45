"""Reads the config file that a person names; what is wrong with its content is not said here."""

from pathlib import Path
from typing import cast

from finetune_guard.core.config_text import LONGEST_CONFIG, kind_of, parse
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.start_run import Document

SAMPLE = "Compare it with examples/config.json."


def read_document(path: Path) -> Document:
    """The JSON object in the file.

    Raises:
        InvalidInputError: There is no such file, it cannot be read, or it holds no JSON object.
    """
    parsed = parse(_text(path))
    if isinstance(parsed, Problem):
        raise InvalidInputError(f"{path}: {parsed.message} {parsed.suggestion}")
    if not isinstance(parsed, dict):
        raise InvalidInputError(f"{path} holds {kind_of(parsed)}; a JSON object was expected. {SAMPLE}")
    return cast(Document, parsed)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(4 * LONGEST_CONFIG + 1)
        return data.decode("utf-8-sig")
    except FileNotFoundError as exc:
        raise InvalidInputError(f"There is no file {path}. Give the path of a config with --config.") from exc
    except UnicodeDecodeError as exc:
        raise InvalidInputError(f"{path} is not UTF-8 text (byte {exc.start}). {SAMPLE}") from exc
    except OSError as exc:
        raise InvalidInputError(f"Cannot read {path}: {exc.strerror or exc}. Give a readable file.") from exc
