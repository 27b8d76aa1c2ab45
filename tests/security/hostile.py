"""Texts that somebody might put wherever a text is taken, and what must never come out of a sink."""

import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar

T = TypeVar("T")

#: Found again in whatever a hostile text became.
MARK = "sesame"

TEXTS: dict[str, str] = {
    "a line of its own": f"a\n\nYour model (full run): {MARK}",
    "a line by a carriage return": f"a\r{MARK}",
    "a header of a mail": f"a\r\nBcc: {MARK}@example.com\r\n\r\n<b>hello</b>",
    "other ends of lines": f"a\x0b{MARK}\x0c\x1c\x85\u2028\u2029b",
    "a NUL": f"a\x00{MARK}",
    "an escape that clears the screen": f"\x1b[2J\x1b[H{MARK}",
    "an escape that sets the title": f"\x1b]0;{MARK}\x07",
    "a link for a terminal": f"\x1b]8;;https://evil.example/\x1b\\{MARK}\x1b]8;;\x1b\\",
    "an escape of one byte": f"\x9b2J{MARK}",
    "text that reads backwards": f"\u202e{MARK}\u202c\u2066\u2069",
    "what has no width": f"se\u200bsame\u200d\u2060\ufeff {MARK}",
    "tags of Unicode": f"{MARK}\U000e0041\U000e007f",
    "half a character": f"\ud800{MARK}",
    "a script": f"</script><script>alert('{MARK}')</script>",
    "an image": f'"><img src=x onerror=alert("{MARK}")>',
    "a comment of HTML": f"<!--<script>{MARK}",
    "a link of Markdown": f"[{MARK}](javascript:alert(1)) ![x](https://evil.example/x.png) | a |",
    "a formula": f"=cmd|' /C {MARK}'!A0",
    "a template": "${jndi:ldap://x} {{7*7}} %s %n $(touch x) `id` #{x} " + MARK,
    "a path": f"../../../../etc/{MARK}",
    "the end of a JSON text": f'","admin":true,"x":"\\{MARK}',
    "very long": MARK * 3_000,
}


def unsafe(text: str) -> list[str]:
    """The characters of a text that could rewrite a screen, a line or a log; a line feed is none."""
    kinds = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return sorted({repr(c) for c in text if unicodedata.category(c) in kinds and c != "\n"})


def poisoned(value: T, text: str) -> T:
    """The value with `text` in place of every free text in it, at whatever depth.

    Members of closed sets (enums) stay, since a stored record with others cannot be read.
    """
    return _poisoned(value, text)  # type: ignore[return-value]


def _poisoned(value: object, text: str) -> object:
    if type(value) is str:
        return text
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _poisoned(getattr(value, f.name), text) for f in fields(value)}
        return replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(_poisoned(item, text) for item in value)
    if isinstance(value, dict):
        return {key: _poisoned(item, text) for key, item in value.items()}
    return value
