"""Which commands there are; each is imported only when it is asked for, so that help stays fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives and what it does, one line."""

    module: str
    attribute: str
    summary: str


_ROOM = "finetune_guard.cli."

#: In the order in which a person needs them.
COMMANDS: dict[str, Entry] = {
    "validate": Entry(_ROOM + "validate", "validate", "Check a config and say what it would cost."),
    "get-optimal": Entry(_ROOM + "get_optimal", "get_optimal", "Suggest hyperparameters, with reasons."),
    "mini-run": Entry(_ROOM + "mini_run", "mini_run", "Rehearse a config on a small sample."),
    "run": Entry(_ROOM + "run", "run", "Rehearse, then fine-tune, and follow it to its end."),
    "monitor": Entry(_ROOM + "monitor", "monitor", "Watch any customization job, with your own rights."),
    "replay": Entry(_ROOM + "replay", "replay", "Judge finished loss curves as a watcher would have."),
    "report": Entry(_ROOM + "report", "report", "Tell the story of a run: what ran, why, for how much."),
    "runs": Entry(_ROOM + "runs", "runs", "List the open runs and the last that ended."),
    "answer": Entry(_ROOM + "answer", "answer", "Answer a run that asks whether to go on."),
    "resume": Entry(_ROOM + "resume", "resume", "Take up a run again, and follow it to its end."),
    "stop": Entry(_ROOM + "stop", "stop", "Order the jobs of a run to be stopped."),
    "shadow": Entry(_ROOM + "shadow", "shadow", "Say what an armed watch would have done so far."),
    "doctor": Entry(_ROOM + "doctor", "doctor", "Look whether the deployed stack can do its work."),
    "leave": Entry(_ROOM + "leave", "leave", "List what a destroyed stack would leave, running and billing."),
    "rebuild": Entry(_ROOM + "rebuild", "rebuild", "Make records again that the table has lost."),
    "kill-switch": Entry(_ROOM + "kill_switch", "kill_switch", "Keep every job from being stopped, or not."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are named, never to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports the command's module."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = getattr(import_module(entry.module), entry.attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def examples(lines: Sequence[tuple[str, str]]) -> str:
    """The end of a help text: what a person may type, with what it does."""
    shown = "\n".join(f"  # {what}\n  finetune-guard {command}" for what, command in lines)
    return f"\b\nExamples:\n{shown}"
