"""`finetune-guard run`: rehearses, then fine-tunes, and follows the run to its end."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.core.decisions import Mode

EPILOG = examples(
    [
        ("rehearse on a small sample, then run, if the rehearsal says yes", "run --config config.json"),
        ("stop by itself what fails beyond recovery", "run --config config.json --auto-stop"),
        ("in a pipeline: no question, one JSON object at the end", "run --config config.json -y --json"),
        ("come back to a run that you left", "report RUN --follow"),
    ]
)


@click.command(epilog=EPILOG)
@options.order_options
@click.option("--no-rehearsal", is_flag=True, help="Start the full run at once; nothing is tried before.")
@options.with_tools
@options.with_order
def run(tools: options.Tools, order: options.Order, no_rehearsal: bool) -> int:
    """Rehearse a config on a small sample, then fine-tune, and follow it to its end.

    Says first what it will cost and take, and asks at a terminal. Data files on this machine are uploaded to
    the stack's bucket. Once started, the run is the stack's own business: Ctrl-C leaves it going.
    """
    if no_rehearsal and order.steps is not None:
        raise click.UsageError("--steps is about the rehearsal, and --no-rehearsal leaves it out. Give one.")
    mode = Mode.FULL_RUN if no_rehearsal else Mode.REHEARSE_THEN_RUN
    # Nothing of this is loaded to show the help.
    from finetune_guard.cli.launch import launch  # noqa: PLC0415

    return launch(order, mode, tools.session, tools.terminal)
