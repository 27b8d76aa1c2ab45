"""`finetune-guard report`: tells the story of a run."""

from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.ending import followed_end, tell
from finetune_guard.usecases.follow import Followed

EPILOG = examples(
    [
        ("what a run came to, or where it stands", "report support-bot-0f3a9b12cd"),
        ("come back to a run and follow it to its end", "report support-bot-0f3a9b12cd --follow"),
    ]
)


@click.command(epilog=EPILOG)
@click.argument("run_id", metavar="RUN")
@click.option("--follow", is_flag=True, help="Follow a run that is not over to its end first.")
@options.LOG_DIR
@options.with_tools
def report(
    tools: options.Tools,
    run_id: str,
    follow: bool,
    log_dir: Path,
) -> int:
    """Tell the story of a run: what was planned, what ran, what was decided and why, money, what is left.

    RUN is the run's id, as `run` and `runs` show it. The exit code says what the run came to.
    """
    if follow:
        return followed_end(Followed(run_id), tools.session, tools.terminal, log_dir)
    return tell(tools.session.store().run(run_id), tools.terminal)
