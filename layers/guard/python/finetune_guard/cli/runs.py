"""`finetune-guard runs`: the open runs and the last that ended."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.run_table import run_line, run_table
from finetune_guard.cli.terminal import EXIT


@click.command()
@click.option(
    "--ended",
    default=10,
    show_default=True,
    type=click.IntRange(0, 1000),
    metavar="N",
    help="How many ended runs to list.",
)
@options.with_tools
def runs(tools: options.Tools, ended: int) -> int:
    """List the open runs and the last that ended.

    With --json: one JSON object a line.
    """
    store = tools.session.store()
    listed = (*store.open_runs(), *(store.ended_runs(ended) if ended else ()))
    for run in listed:
        tools.terminal.emit(run_line(run))
    if not tools.terminal.as_json:
        tools.terminal.show(run_table(listed, tools.session.clock().now()))
    return EXIT.fine
