"""`finetune-guard report`: tells the story of a run."""

from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.ending import followed_end, tell
from finetune_guard.cli.terminal import EXIT
from finetune_guard.usecases.follow import Followed
from finetune_guard.usecases.run_curves import read_logs

EPILOG = examples(
    [
        ("what a run came to, or where it stands", "report support-bot-0f3a9b12cd"),
        ("its curve over all segments, in a page for the browser", "report RUN --html run.html"),
        ("come back to a run and follow it to its end", "report support-bot-0f3a9b12cd --follow"),
    ]
)


@click.command(epilog=EPILOG)
@click.argument("run_id", metavar="RUN")
@click.option("--follow", is_flag=True, help="Follow a run that is not over to its end first.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a page that draws the run's curves.",
)
@options.LOG_DIR
@options.with_tools
def report(
    tools: options.Tools,
    run_id: str,
    follow: bool,
    html: Path | None,
    log_dir: Path,
) -> int:
    """Tell the story of a run: what was planned, what ran, what was decided and why, money, what is left.

    RUN is the run's id, as `run` and `runs` show it. The exit code says what the run came to.
    """
    if follow:
        code = followed_end(Followed(run_id), tools.session, tools.terminal, log_dir)
        if html is None or code == EXIT.left:
            return code
    run = tools.session.store().run(run_id)
    read = read_logs(run, tools.session.journal())
    if html:
        # numpy, which draws, is loaded for a page only.
        from finetune_guard.cli.run_page import write_run_page  # noqa: PLC0415

        write_run_page(html, run, read.logs)
        click.echo(f"Drawn: {html.resolve()}", err=True)
    return code if follow else tell(run, read, tools.terminal)
