"""`finetune-guard rebuild`: makes lost records again from the bucket and from Bedrock's own jobs."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples

EPILOG = examples(
    [
        ("after a table was lost: what would be written", "rebuild"),
        ("write it", "rebuild --yes"),
        ("one run only, one JSON object", "rebuild support-bot-0f3a9b12cd --json"),
    ]
)


@click.command(epilog=EPILOG)
@click.argument("run_ids", metavar="[RUN]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Write it; without this only what would be written is shown.")
@options.with_tools
def rebuild(tools: options.Tools, run_ids: tuple[str, ...], yes: bool) -> int:
    """Make records again that the table has lost, from the bucket and from Bedrock's own jobs.

    Only what is absent is written, nothing is written over, no job is created or stopped. A record that
    cannot be read stays as it is: keep a copy and delete the item first. Not to be had again: which mails
    were sent, so some may come twice; answers that no job followed; orders to stop that the watch had not
    seen; the kill switch. Exit code 1 where a run cannot be rebuilt.
    """
    # Nothing of this is loaded to show the help.
    from finetune_guard.cli.rebuilding import rebuild_here  # noqa: PLC0415

    return rebuild_here(run_ids, yes, tools.session, tools.terminal)
