"""docs/cli.md as the commands' own help makes it; `python -m tests.cli.help_page` writes it anew."""

from pathlib import Path

import click

from finetune_guard.cli.commands import COMMANDS
from finetune_guard.cli.main import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
WIDTH = 100

#: What is above the first of these lines is written by hand and kept.
FIRST = "## finetune-guard\n"


def written() -> str:
    """The page as it is."""
    return PAGE.read_text(encoding="utf-8")


def page() -> str:
    """The page as it should be."""
    settings = {**cli.context_settings, "max_content_width": WIDTH, "terminal_width": WIDTH}
    context = click.Context(cli, info_name="finetune-guard", **settings)
    parts = [written().partition(FIRST)[0].rstrip() + "\n", _block("finetune-guard", cli.get_help(context))]
    parts += [_of(name, context) for name in COMMANDS]
    return "\n".join(parts)


def _of(name: str, parent: click.Context) -> str:
    command = cli.get_command(parent, name)
    assert command is not None
    context = click.Context(command, parent=parent, info_name=name, terminal_width=WIDTH)
    return _block(f"finetune-guard {name}", command.get_help(context))


def _block(title: str, text: str) -> str:
    return f"## {title}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
