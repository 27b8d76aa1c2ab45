"""`finetune-guard mini-run`: rehearses a config and says what a full run would do."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.core.decisions import Mode

EPILOG = examples(
    [
        ("rehearse on a sample that trains about 100 steps", "mini-run --config config.json --steps 100"),
        ("in a pipeline: no question, one JSON object at the end", "mini-run --config config.json -y --json"),
    ]
)


@click.command("mini-run", epilog=EPILOG)
@options.order_options
@options.with_tools
@options.with_order
def mini_run(tools: options.Tools, order: options.Order) -> int:
    """Rehearse a config on a small sample, and follow it to its end.

    Trains one short, cheap job at the config's own learning rate, judges its whole loss curve and tries a
    third of the rate when it ran too hot. The full run is not started, and the rehearsal's model is deleted.
    """
    # Nothing of this is loaded to show the help.
    from finetune_guard.cli.launch import launch  # noqa: PLC0415

    return launch(order, Mode.MINI_RUN, tools.session, tools.terminal)
