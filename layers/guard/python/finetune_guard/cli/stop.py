"""`finetune-guard stop`: orders the jobs of a run to be stopped."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.stopping import Stopping, stop_here


@click.command()
@click.argument("run_id", metavar="RUN")
@click.option("--no-wait", is_flag=True, help="Do not wait until Bedrock has confirmed the stop.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@options.interval(5.0)
@options.with_tools
def stop(
    tools: options.Tools,
    run_id: str,
    no_wait: bool,
    yes: bool,
    interval: float,
) -> int:
    """Order the jobs of a run to be stopped, and wait until Bedrock confirms it.

    The order is written to the run's record; the watch carries it out within a minute or two. A stopped job
    cannot be resumed, keeps no model, and bills the tokens it used. RUN is the run's id.
    """
    wanted = Stopping(run_id, not no_wait, yes, interval)
    return stop_here(wanted, tools.session, tools.terminal)
