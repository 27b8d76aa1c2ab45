"""What `run` and `mini-run` do: read, say what it costs, ask, upload, start, follow, tell the end."""

from dataclasses import replace

from finetune_guard.cli.config_file import read_document
from finetune_guard.cli.ending import come_back, followed_end
from finetune_guard.cli.options import Order
from finetune_guard.cli.preview import advice_tools, plan_lines, problem_lines, show_plan, told
from finetune_guard.cli.session import Session, console_url
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.cli.uploading import uploaded
from finetune_guard.core.config import examine_config
from finetune_guard.core.decisions import Mode
from finetune_guard.usecases.arming import armed_notes
from finetune_guard.usecases.follow import Followed
from finetune_guard.usecases.foresee import Foresight, foresee
from finetune_guard.usecases.start_run import Document, Started, StartTools, start_run, with_orders
from finetune_guard.usecases.versions import PinnedFiles


def launch(order: Order, mode: Mode, session: Session, terminal: Terminal) -> int:
    """Starts the run and follows it; returns the exit code: 3 when the config is refused or a person says no.

    Raises:
        InvalidInputError: The config cannot be read.
        StaleRecordError: A local file is another than the one that was checked; nothing was started.
        ServiceError: A service did not do what it was asked; a run that was started goes on.
    """
    document = with_orders(read_document(order.config), order.steps, order.auto_stop, order.accept)
    machine = session.machine(mode)
    files = PinnedFiles(session.files())
    tools = replace(advice_tools(session, region=machine.split(":")[3]), files=files)
    foresight = foresee(document, mode, session.clock().now(), tools)
    for line in problem_lines(foresight.advice.problems):
        terminal.say(line)
    if not foresight.advice.ok:
        return _refused(foresight, terminal)
    show_plan(foresight.advice.cost, terminal)
    for line in plan_lines(foresight):
        terminal.say(line)
    _say_if_armed(document, session, terminal)
    if not terminal.agreed("Start it?", order.yes):
        terminal.say("Nothing was started.")
        return EXIT.no
    started = _start(uploaded(document, files, session, terminal), machine, session)
    terminal.say(f"Started run {started.run_id}")
    terminal.say(console_url(started.execution_arn))
    terminal.say(come_back(started.run_id))
    what = Followed(started.run_id, started.execution_arn)
    return followed_end(what, session, terminal, order.log_dir)


def _say_if_armed(document: Document, session: Session, terminal: Terminal) -> None:
    """Tells whoever arms the run what is known of false stops."""
    config = examine_config(document).config
    for line in armed_notes(config, session.store()) if config else ():
        terminal.aside(line)


def _refused(foresight: Foresight, terminal: Terminal) -> int:
    terminal.say(f"Refused: {told(foresight.advice.problems)}. Nothing was started.")
    terminal.emit(foresight.advice)
    return EXIT.no


def _start(document: Document, machine: str, session: Session) -> Started:
    tools = StartTools(session.files(), session.workflow(), session.clock())
    return start_run(document, examine_config(document).job_name, machine, tools)
