"""`finetune-guard resume`: takes up a run again."""

from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples

EPILOG = examples(
    [
        ("go on where a run was aborted, stopped by hand or failed", "resume support-bot-0f3a9b12cd"),
        ("in a pipeline: no question, one JSON object at the end", "resume support-bot-0f3a9b12cd -y --json"),
    ]
)


@click.command(epilog=EPILOG)
@click.argument("run_id", metavar="RUN")
@options.YES
@options.LOG_DIR
@options.with_tools
def resume(tools: options.Tools, run_id: str, yes: bool, log_dir: Path) -> int:
    """Take up a run again, and follow it to its end.

    What is complete is adopted, a job that still runs is watched on, and what came to nothing is tried again.
    A run that was completed, or refused for what its curve is, has nothing left to take up: exit code 3.
    RUN is the run's id.
    """
    # Nothing of this is loaded to show the help.
    from finetune_guard.cli.resuming import Resuming, resume_here  # noqa: PLC0415

    return resume_here(Resuming(run_id, yes, log_dir), tools.session, tools.terminal)
