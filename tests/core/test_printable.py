import json
import sys
import time
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core import wire
from finetune_guard.core.printable import printable, printable_lines, safe_json

TEXT = st.text(st.characters(codec=None), max_size=40)


def unsafe(text: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in text)


def test_exactly_what_unicode_calls_control_format_or_separator_is_escaped() -> None:
    """Each Python has another version of Unicode; what its own does not know yet may be either."""
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(character) != "Cn":
            assert (printable(character) != character) == unsafe(character), hex(ord(character))


@given(TEXT)
def test_json_keeps_its_meaning_and_holds_nothing_unsafe(text: str) -> None:
    made = wire.dumps({"text": text, text: [text]})

    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert not unsafe(made)
    assert made.encode()
    read = json.loads(made)["text"]
    assert read == whole or "\ufffd" in read


@given(st.text(max_size=40))
def test_what_was_stored_is_read_again_as_it_was(text: str) -> None:
    assert wire.loads(wire.dumps(text), str) == text


def test_a_character_beyond_the_first_plane_is_escaped_as_a_pair() -> None:
    assert safe_json('"\U000e0041"') == '"\\udb40\\udc41"'


def test_line_feeds_alone_are_ends_of_lines() -> None:
    assert printable_lines("a\nb\r\u2028c\x0bd") == "a\nb\\x0d\\u2028c\\x0bd"


def test_megabytes_are_looked_through_in_no_time() -> None:
    began = time.process_time()
    printable("a" * 4_000_000)
    assert time.process_time() - began < 1
