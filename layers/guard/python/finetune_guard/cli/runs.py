"""`finetune-guard runs`: the open runs and the last that ended."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.run_table import run_line, run_table
from finetune_guard.cli.terminal import EXIT
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed


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

    A run whose record cannot be read is left out and named on stderr. With --json: one JSON object a line.
    """
    store = tools.session.store()
    still_open, over = store.open_runs(), store.ended_runs(ended) if ended else Listed[Run]()
    for record in (*still_open.unreadable, *over.unreadable):
        tools.terminal.aside(f"Left out: {record.sentence}")
    listed = (*still_open, *over)
    for run in listed:
        tools.terminal.emit(run_line(run))
    if not tools.terminal.as_json:
        tools.terminal.show(run_table(listed, tools.session.clock().now()))
    return EXIT.fine
