"""Text from data made safe for a terminal and for the width of a column.

Markup of rich is never parsed at all: every console of ours has markup off and prints Text.
"""

from finetune_guard.core.printable import printable, printable_lines

__all__ = ["printable", "printable_lines", "shortened"]


def shortened(text: str, longest: int) -> str:
    """As printable, cut to `longest` characters with an ellipsis."""
    safe = printable(text)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"
