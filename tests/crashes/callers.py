"""Which module of the use cases makes which call with an effect: as written, and as played."""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from finetune_guard import ports, usecases
from finetune_guard.usecases.metrics_logs import LogFolder


def words(*lines: str) -> frozenset[str]:
    """Every word of the lines."""
    return frozenset(word for line in lines for word in line.split())


#: Calls that change nothing.
LOOKS = words(
    "alarms alerts base_model base_models breaker caller chunks control customization each ended_runs",
    "execution facts files get in_progress job kept lines mails messages models_to_delete newest now of",
    "open_jobs open_runs",
    "pending_alerts read rulings run trust writable",
)
#: Calls after which the world is another.
EFFECTS = words(
    "add_alert add_job add_run append claim_alert complete create delete_model heartbeat keep learn",
    "mark_sent publish ring save_breaker save_job save_mails save_run set_control start stop write",
)
ROOM = Path(usecases.__file__).parent
#: Lists have an `append` too; the one that is meant is a log folder's.
FOLDER = "folder"

Caller = tuple[str, str]

#: Written in the one module and made by another, for a reason.
THROUGH_ANOTHER: dict[Caller, str] = {("cut_data", "write"): "versions.PinnedFiles writes for it"}


def port_methods() -> frozenset[str]:
    """Every method of a port."""
    protocols = [kind for _, kind in inspect.getmembers(ports, inspect.isclass)]
    return frozenset(
        name
        for protocol in (*protocols, LogFolder)
        for name, _ in inspect.getmembers(protocol, inspect.isfunction)
        if not name.startswith("_")
    )


def written() -> frozenset[Caller]:
    """Module and effect of every call in the room of the use cases, as its source has it."""
    return frozenset(
        (path.stem, effect)
        for path in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for effect in _effects(node)
    )


def _effects(call: ast.Call) -> Iterator[str]:
    """What is called, or bound by `partial` to be called."""
    bound = call.args[:1] if ast.unparse(call.func) == "partial" else [call.func]
    for method in bound:
        if not isinstance(method, ast.Attribute) or method.attr not in EFFECTS:
            continue
        if method.attr != "append" or ast.unparse(method.value) == FOLDER:
            yield method.attr


@dataclass
class Callers:
    """Lets everything pass, and notes which module of the use cases makes each call."""

    found: set[Caller] = field(default_factory=set)

    def before(self, call: str) -> None:
        name = call.rpartition(".")[2]
        if name in EFFECTS:
            self.found.add((_caller(), name))

    def after(self, call: str) -> None:
        return


def _caller() -> str:
    """The innermost module of the use cases that is at work."""
    frame = inspect.currentframe()
    while frame:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(f"{usecases.__name__}."):
            return module.rpartition(".")[2]
        frame = frame.f_back
    return "no use case"
