"""The sentences that a person wrote of real curves that are judged wrongly: gallery_sentences.toml.

`make gallery` adds an id that needs one with an empty sentence; the test suite fails until it is written.
"""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).parent / "gallery_sentences.toml"
_HEAD = """\
# What a person sees in each real curve that is judged wrongly, and why it is so: written by hand.
# `make gallery` adds each id that needs one, with an empty sentence, and drops an empty one no longer needed.

[sentences]
"""


def read_sentences() -> dict[str, str]:
    """Sentence by id; an empty one is still to be written."""
    if not FILE.is_file():
        return {}
    sentences: dict[str, str] = tomllib.loads(FILE.read_text("utf-8"))["sentences"]
    return sentences


def write_sentences(needed: Iterable[str]) -> None:
    """Keeps what is written, adds an empty sentence for each id that has none."""
    written = {id: text for id, text in read_sentences().items() if text}
    merged = {**dict.fromkeys(needed, ""), **written}
    lines = [f"{_quoted(id)} = {_quoted(merged[id])}\n" for id in sorted(merged)]
    FILE.write_text(_HEAD + "".join(lines), "utf-8")


def unwritten(needed: Iterable[str]) -> list[str]:
    """Ids that need a sentence and have none."""
    written = read_sentences()
    return [id for id in needed if not written.get(id)]


def unneeded(needed: Iterable[str]) -> list[str]:
    """Ids whose sentence is about a curve that is judged rightly now."""
    return sorted(set(read_sentences()) - set(needed))


def _quoted(text: str) -> str:
    """A basic string of TOML: the escapes of JSON are escapes there."""
    return json.dumps(text, ensure_ascii=False)
