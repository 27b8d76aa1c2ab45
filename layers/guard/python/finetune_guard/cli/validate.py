"""`finetune-guard validate`: every problem of a config at once, and what it would cost."""

from pathlib import Path

import click

from finetune_guard.cli import options


@click.command()
@options.CONFIG
@options.ACCEPT
@options.with_tools
def validate(tools: options.Tools, config: Path, accept: tuple[str, ...]) -> int:
    """Check a config: every problem at once, with the nearest thing that is accepted, and the cost.

    Reads the data files, here or on S3, and asks Bedrock for its base models where it can. It needs neither a
    stack nor credentials when the data is on this machine. Exits with 3 when a run would be refused.
    """
    # Nothing of this is loaded to show the help.
    from finetune_guard.cli.checking import check  # noqa: PLC0415

    return check(config, accept, tools.session, tools.terminal)
