"""`finetune-guard answer`: answers a run that asks."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.answering import answer_here
from finetune_guard.core.decisions import Reply


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("reply", type=click.Choice([reply.value for reply in Reply]))
@options.with_tools
def answer(tools: options.Tools, run_id: str, reply: str) -> int:
    """Answer a run that asks whether to go on.

    A run asks when its rehearsal has no clear answer and `rehearsal.on_inconclusive` is `ask`; its mail says
    what was seen and until when it waits. `proceed` starts the full run, `refuse` ends the run. Exits with 3
    when nothing is asked or the time is over. RUN is the run's id.
    """
    return answer_here(run_id, Reply(reply), tools.session, tools.terminal)
