"""`finetune-guard doctor`: whether a deployed stack can do its work."""

import click

from finetune_guard import __version__
from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.doctor_page import doctor_page, doctor_result, summary
from finetune_guard.cli.terminal import EXIT
from finetune_guard.usecases.doctor import examine
from finetune_guard.usecases.doctor_patient import Wishes

EPILOG = examples(
    [
        ("after a deployment, and once the mails of subscription are confirmed", "doctor"),
        ("in a script, changing nothing at all", "doctor --no-alert --json"),
    ]
)


@click.command(epilog=EPILOG)
@click.option("--base-model", metavar="NAME", help="Whether this base model can be fine-tuned there.")
@click.option("--alert/--no-alert", default=True, show_default=True, help="Whether a test alert is sent.")
@options.with_tools
def doctor(tools: options.Tools, base_model: str | None, alert: bool) -> int:
    """Look whether the deployed stack can do its work, and say what to do where it cannot.

    Every question is asked, whatever became of the others; what you may not ask is NOT CHECKED, with the
    right that it takes. Nothing is changed but for one test alert, which the watch publishes within a minute
    or two. Exits with 0 where nothing is broken, 3 where something is, 1 where nobody is signed in.
    """
    if alert:
        tools.terminal.aside("Looking; the watch needs up to two minutes to publish the test alert.")
    found = examine(tools.session, Wishes(__version__, base_model, alert))
    tools.terminal.emit(doctor_result(found))
    if not tools.terminal.as_json:
        tools.terminal.show(doctor_page(found))
        tools.terminal.say(summary(found))
    if not found.could_run:
        return EXIT.failure
    return EXIT.fine if found.ok else EXIT.no
