"""One page in one file: template, styles, scripts and data put together, nothing loaded from elsewhere.

A policy inside the page (Content-Security-Policy) lets run only the scripts that stand in it, each known by
its hash, so that no name or sentence among the data can ever become code (docs/adr/0016).
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

from finetune_guard.core import wire
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.printable import printable, printable_lines
from finetune_guard.core.wire import JsonValue

_FOLDER = files("finetune_guard.cli").joinpath("page")
_LIBRARY = "uPlot.iife.min.js"
#: In the order in which they build on each other.
_SCRIPTS = (_LIBRARY, "choosing.js", "chart.js", "page.js")
_STYLES = ("uPlot.min.css", "page.css")


def assembled(title: str, data: object) -> str:
    """The page as text.

    Args:
        title: Its heading, plain text.
        data: What page.js reads: any value that wire can write.
    """
    scripts, styles = [_script(name) for name in _SCRIPTS], [_shipped(name) for name in _STYLES]
    return Template(_shipped("page.html")).substitute(
        title=html.escape(printable(title)),
        policy=_policy(scripts, styles),
        styles="\n".join(f"<style>{style}</style>" for style in styles),
        data=embedded(_printable(wire.plain(data))),
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def write(path: Path, text: str) -> None:
    """Writes a page, over an older one if there is one; its folder is made.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as exc:
        raise InvalidInputError(f"Cannot write {path}: {exc.strerror or exc}. Give another name.") from exc


def embedded(data: object) -> str:
    """JSON that no HTML parser takes for markup and no old script parser for a line's end.

    All but ASCII is escaped, U+2028 and U+2029 among it, and so are `<`, `>` and `&`.
    """
    text = json.dumps(wire.plain(data), allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _printable(value: JsonValue) -> JsonValue:
    """The data with what would make a reader see another text than was written shown in place of obeyed."""
    if isinstance(value, str):
        return printable_lines(value)
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    return value


def _policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    rules = (
        "default-src 'none'",
        " ".join(("script-src", *map(_hash, scripts))),
        " ".join(("style-src", *map(_hash, styles))),
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
    )
    return "; ".join(rules)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _script(name: str) -> str:
    """A script; the library goes with its licence, as that asks of every copy."""
    text = _shipped(name)
    return f"/*\n{_shipped('uPlot.LICENSE')}*/\n{text}" if name == _LIBRARY else text


def _shipped(name: str) -> str:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8")
