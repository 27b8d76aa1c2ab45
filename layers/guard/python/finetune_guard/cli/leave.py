"""`finetune-guard leave`: what a destroyed stack would leave, running and billing."""

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.leave_page import leave_lines, leave_result
from finetune_guard.cli.terminal import EXIT
from finetune_guard.usecases.leave import LeaveTools
from finetune_guard.usecases.leave import leave as look

EPILOG = examples(
    [
        ("before cdk destroy; make destroy asks it by itself", "leave"),
        ("in a script: exit code 3 while a job runs or may start", "leave --json"),
    ]
)


@click.command(epilog=EPILOG)
@options.with_tools
def leave(tools: options.Tools) -> int:
    """List what is left when the stack is destroyed: jobs that run on and bill, models, storage.

    Without the stack nobody watches a job, stops it, or deletes a throw-away model. Each line ends with the
    command that does it by hand. Changes nothing. Exits with 3 while a job runs or
    may start, or a record that cannot be read leaves that open.
    """
    session = tools.session
    found = look(LeaveTools(session.store(), session.jobs(), session.storage()))
    tools.terminal.emit(leave_result(found))
    if not tools.terminal.as_json:
        for line in leave_lines(found):
            tools.terminal.say(line)
    return EXIT.fine if found.safe else EXIT.no
