"""What `validate` does: read, check everything that can be checked, tell it."""

from pathlib import Path

from finetune_guard.cli.config_file import read_document
from finetune_guard.cli.preview import advice_tools, problem_lines, show_plan, told
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.usecases.advise import Advice, validate
from finetune_guard.usecases.start_run import with_orders

#: Notes that something was not looked at, or not asked of the service.
UNCHECKED = ("AC000", "BM002", "DS000", "QU002")


def check(config: Path, accept: tuple[str, ...], session: Session, terminal: Terminal) -> int:
    """Tells every problem of a config and its cost; returns the exit code: 3 when a run would be refused.

    Raises:
        InvalidInputError: The config cannot be read.
    """
    document = with_orders(read_document(config), accept=accept)
    advice = validate(document, session.clock().now(), advice_tools(session))
    for line in problem_lines(advice.problems):
        terminal.say(line)
    show_plan(advice.cost, terminal)
    terminal.say(_answer(advice))
    terminal.emit(advice)
    return EXIT.fine if advice.ok else EXIT.no


def _answer(advice: Advice) -> str:
    found = told(advice.problems)
    if not advice.ok:
        return f"Refused: {found}."
    bound = ", as far as it could be checked" if any(p.code in UNCHECKED for p in advice.problems) else ""
    return f"Fine: a run would start{bound}{f' ({found})' if found else ''}."
