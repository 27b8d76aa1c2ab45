"""`finetune-guard kill-switch`: keeps every job of the stack from being stopped, as long as it is on."""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypedDict

import click

from finetune_guard.cli import options
from finetune_guard.cli.commands import examples
from finetune_guard.cli.terminal import EXIT
from finetune_guard.core.errors import NewerRecordError, UnreadableRecordError
from finetune_guard.core.observations import Control

if TYPE_CHECKING:
    from finetune_guard.ports import RunStore

Position = Literal["on", "off", "status"]

EPILOG = examples(
    [
        ("while you find out whether what is seen of the curves can be trusted", "kill-switch on"),
        ("let jobs be stopped again; what is still due is stopped at the next look", "kill-switch off"),
    ]
)

_ON = (
    "The kill switch is on: no job of this stack is stopped, for whatever reason: not for its curve, not at "
    "run.max_hours, not when a person orders it. Jobs run on and bill. Each job whose stop is held back is "
    "told by one mail. To turn it off: finetune-guard kill-switch off"
)
_OFF = (
    "The kill switch is off: stops are made as they are ordered. What it held back is stopped at the next "
    "look, if that is still due."
)


class Switch(TypedDict):
    """The object of `kill-switch --json`."""

    schema_version: int
    kill_switch: bool


@click.command("kill-switch", epilog=EPILOG)
@click.argument("position", metavar="on|off|status", type=click.Choice(["on", "off", "status"]))
@options.with_tools
def kill_switch(tools: options.Tools, position: Position) -> int:
    """Keep every job of the stack from being stopped, or say whether that is so.

    While it is on no job is stopped, whatever auto_stop, max_hours or a person says; the watch looks on and
    mails, also what it holds back. Whatever was ordered meanwhile is stopped once it is off.
    """
    store = tools.session.store()
    if position != "status":
        store.set_control(replace(_standing(store), kill_switch=position == "on"))
    control = store.control()
    tools.terminal.say(_ON if control.kill_switch else _OFF)
    tools.terminal.emit(Switch(schema_version=1, kill_switch=control.kill_switch))
    return EXIT.fine


def _standing(store: "RunStore") -> Control:
    """What has been ordered; a damaged record is written anew by the new order.

    Raises:
        NewerRecordError: A newer release wrote it; its own finetune-guard has to be used.
    """
    try:
        return store.control()
    except NewerRecordError:
        raise
    except UnreadableRecordError:
        return Control()
