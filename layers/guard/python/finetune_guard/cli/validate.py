"""`finetune-guard validate`: every problem of a config at once, and what it would cost."""

from pathlib import Path

import click

from finetune_guard.cli import options
from finetune_guard.cli.config_file import read_document
from finetune_guard.cli.preview import advice_tools, problem_lines, show_cost
from finetune_guard.cli.terminal import EXIT
from finetune_guard.usecases.advise import validate as advise_on


@click.command()
@options.CONFIG
@options.with_tools
def validate(tools: options.Tools, config: Path) -> int:
    """Check a config: every problem at once, with the nearest thing that is accepted, and the cost.

    Reads the data files, here or on S3, and asks Bedrock for its base models where it can. It needs neither a
    stack nor credentials when the data is on this machine. Exits with 3 when a run would be refused.
    """
    document = read_document(config)
    advice = advise_on(document, tools.session.clock().now(), advice_tools(tools.session))
    for line in problem_lines(advice.problems):
        tools.terminal.say(line)
    show_cost(advice.cost, tools.terminal)
    errors = sum(problem.severity == "error" for problem in advice.problems)
    tools.terminal.say("Fine: a run would start." if advice.ok else f"Refused: {errors} to correct.")
    tools.terminal.emit(advice)
    return EXIT.fine if advice.ok else EXIT.no
