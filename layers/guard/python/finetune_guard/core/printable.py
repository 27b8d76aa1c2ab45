"""Text from data made safe to be read: no control characters, no reordering, nothing that is not seen.

Job names, failure messages and file names come from outside. An escape sequence among them could retitle,
clear or rewrite a terminal, an end of line could add a line to a mail or a log, and a bidirectional override
could make a reader see another sentence than the one that was written (fault row 74).
"""

import re

#: Control, format (bidirectional overrides among them), surrogate, line and paragraph separators: the Unicode
#: categories Cc, Cf, Cs, Zl and Zp. A pattern, since whole reports are looked through for one of them. Nearly
#: all have none, which `str.isprintable` sees in a sixth of the time: no character of these is printable.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def printable(text: str) -> str:
    """`text` on one line, what is unsafe shown as a hexadecimal escape."""
    return text if text.isprintable() else _UNSAFE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """As printable, with line feeds kept."""
    return "\n".join(map(printable, text.split("\n")))


def safe_json(text: str) -> str:
    """JSON of one line with what is unsafe escaped; it reads as the same but for half a surrogate pair.

    Such a half is no character: it could be neither stored nor sent, and becomes U+FFFD.
    """
    return text if text.isprintable() else _UNSAFE.sub(_json_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return "".join(f"\\u{unit:04x}" for unit in memoryview(found[0].encode("utf-16-le")).cast("H"))
