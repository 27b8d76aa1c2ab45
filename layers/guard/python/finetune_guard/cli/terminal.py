"""Where people's text and machines' lines go, and whether a person is there to be asked."""

import sys
import textwrap
from dataclasses import dataclass
from functools import cached_property

import click
from rich.console import Console, RenderableType

from finetune_guard.cli.printable import printable_lines
from finetune_guard.core import wire

#: Lines longer than this are hard to read, however wide the window is.
WIDEST = 110


class Terminal:
    """One command's way to speak.

    Machines' lines go to stdout; people's text goes there too, or to stderr when machines are served.

    Args:
        as_json: Whether stdout belongs to a machine.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def console(self) -> Console:
        """A rich console for people; it parses no markup, so that data cannot style itself."""
        return Console(stderr=self.as_json, markup=False, highlight=False, emoji=False)

    @property
    def live(self) -> bool:
        """Whether a display that redraws itself makes sense."""
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def width(self) -> int:
        """Columns for running text."""
        return min(self.console.width, WIDEST)

    def say(self, text: str = "") -> None:
        """Tells people a line or some; control characters are shown, never sent.

        At a terminal long lines are wrapped between words, hanging below their own beginning; a file or a
        pipe gets each line whole.
        """
        lines = printable_lines(text).splitlines() or [""]
        shown = [self._wrapped(line) for line in lines] if self.live else lines
        click.echo("\n".join(shown), err=self.as_json)

    def _wrapped(self, line: str) -> str:
        if len(line) <= self.console.width:
            return line
        indent = " " * (len(line) - len(line.lstrip()))
        return textwrap.fill(
            line,
            self.width,
            subsequent_indent=indent + "  ",
            break_long_words=False,
            break_on_hyphens=False,
            replace_whitespace=False,
        )

    def aside(self, text: str) -> None:
        """Tells people a line on stderr, also when stdout is theirs; control characters are shown."""
        click.echo(printable_lines(text), err=True)

    def show(self, content: RenderableType) -> None:
        """Shows people something that rich lays out."""
        self.console.print(content)

    def emit(self, value: object) -> None:
        """Gives machines one line of strict JSON; nothing unless they asked."""
        if not self.as_json:
            return
        # As bytes: JSON is UTF-8 whatever the terminal's own encoding is.
        click.echo(wire.dumps(value).encode("utf-8", "replace"))

    def agreed(self, question: str, yes: bool) -> bool:
        """Whether a person agrees; without a terminal to ask at, the command line itself is the agreement."""
        if yes or not sys.stdin.isatty():
            return True
        return click.confirm(question, default=False, err=True)


@dataclass(frozen=True, slots=True)
class Exit:
    """The exit codes that others build on (docs/architecture.md, "What others build on").

    `left` is what shells make of Ctrl-C: no script may take a run that was left for one that went well.
    """

    fine: int = 0
    failure: int = 1
    usage: int = 2
    no: int = 3
    left: int = 130


EXIT = Exit()
