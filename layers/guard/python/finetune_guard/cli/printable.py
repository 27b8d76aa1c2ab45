"""Text from data made safe for a terminal: no control characters, no reordering of what is read.

Job names, failure messages and file names come from outside; an escape sequence among them could retitle,
clear or rewrite the terminal (fault row 74). Markup of rich is never parsed at all: every
console of ours has markup off and prints Text.
"""

import unicodedata

#: Control, format (bidirectional overrides among them), surrogate, line and paragraph separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """`text` on one line, what is unsafe shown as a hexadecimal escape."""
    return "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """As printable, with line breaks kept."""
    return "\n".join(printable(line) for line in text.splitlines())


def shortened(text: str, longest: int) -> str:
    """As printable, cut to `longest` characters with an ellipsis."""
    safe = printable(text)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
