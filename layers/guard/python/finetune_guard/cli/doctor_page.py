"""The doctor's page, for people and for machines."""

from typing import TypedDict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from finetune_guard.cli.printable import printable
from finetune_guard.core.doctoring.checks import Check, Examination, State

_STYLES = {
    State.OK: "green",
    State.WARNING: "yellow",
    State.BROKEN: "bold red",
    State.NOT_CHECKED: "dim",
}


class DoctorResult(TypedDict):
    """The object of `doctor --json`."""

    schema_version: int
    ok: bool
    checks: tuple[Check, ...]


def doctor_result(found: Examination) -> DoctorResult:
    """What a machine reads."""
    return DoctorResult(schema_version=1, ok=found.ok, checks=found.checks)


def doctor_page(found: Examination) -> RenderableType:
    """What a person reads: a line or two for each check."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for check in found.checks:
        name, _, which = (
            check.check.partition(" ") if check.check.startswith("bucket ") else (check.check, "", "")
        )
        told = f"{which}: {check.seen}" if which else check.seen
        table.add_row(Text(check.state.value, style=_STYLES[check.state]), Text(name), _told(check, told))
    return table


def _told(check: Check, seen: str) -> Text:
    advice = f"\n→ {printable(check.advice)}" if check.advice else ""
    return Text(printable(seen)) + Text(advice, style="bold" if check.state is State.BROKEN else "")


def summary(found: Examination) -> str:
    """The last line: how many of each, and what that means."""
    counts = ", ".join(f"{found.count(state)} {state.value}" for state in State if found.count(state))
    if not found.could_run:
        return f"{counts}. Nothing could be asked: sign in first."
    return f"{counts}. " + ("Nothing is broken." if found.ok else "Mend what is BROKEN, then ask again.")
