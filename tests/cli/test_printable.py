import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.cli.printable import printable, printable_lines, shortened


@given(st.text())
def test_no_text_reaches_the_terminal_with_control_or_format_characters(text: str) -> None:
    assert not [c for c in printable(text) if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"}]


@pytest.mark.fault(74)
def test_an_escape_sequence_is_shown_and_not_sent() -> None:
    assert printable("a\x1b]0;owned\x07b") == "a\\x1b]0;owned\\x07b"


def test_what_would_reverse_the_reading_direction_is_shown() -> None:
    assert printable("safe\u202eexe") == "safe\\u202eexe"


def test_ordinary_text_of_any_language_stays_as_it_is() -> None:
    assert printable("naïve 模型 – 3 × 5 🙂") == "naïve 模型 – 3 × 5 🙂"


def test_only_real_line_ends_break_a_line() -> None:
    assert printable_lines("one\ntwo\tx") == "one\ntwo\\x09x"


@given(st.text(), st.integers(1, 50))
def test_shortened_text_is_never_longer(text: str, longest: int) -> None:
    assert len(shortened(text, longest)) <= longest
