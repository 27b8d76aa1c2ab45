"""Lines of a story: sentences that are wrapped, and pictures and tables that are not."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from finetune_guard.cli.printable import printable, printable_lines


@dataclass(frozen=True, slots=True)
class AsIs:
    """Lines that stand as they are: a picture, a table, a command to be copied."""

    text: str


Line = str | AsIs
INDENT = "    "


def chapter(title: str, lines: Iterable[Line], width: int) -> str:
    """A title and its lines, "" without any; a line that begins with a blank belongs below the one before."""
    told = [_laid_out(line, width) for line in lines]
    return "\n".join((title, *told)) if told else ""


def _laid_out(line: Line, width: int) -> str:
    if isinstance(line, AsIs):
        return textwrap.indent(printable_lines(line.text), INDENT)
    return _wrapped(line, width)


def _wrapped(line: str, width: int) -> str:
    """One line, hanging below its own beginning; an ARN is never broken, so that it can be copied."""
    depth = len(line) - len(line.lstrip())
    first, rest = (INDENT + "  " * (depth - 1),) * 2 if depth else ("  - ", INDENT)
    return textwrap.fill(
        printable(line.strip()),
        width=max(width, 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
