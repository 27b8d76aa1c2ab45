"""Shows a run while it goes on: a live display at a terminal, a line for each change without one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import RenderableType
from rich.constrain import Constrain
from rich.live import Live

from finetune_guard.cli.changes import ChangeLines
from finetune_guard.cli.display import run_panel
from finetune_guard.cli.log_folder import DiskLogFolder
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import Terminal
from finetune_guard.core.errors import GuardError, ServiceError
from finetune_guard.usecases.follow import Followed, FollowTools, Sight, follow
from finetune_guard.usecases.metrics_logs import Copied, copy_logs

#: The watch looks once a minute, and on one machine every few seconds; a look of ours is one small query.
INTERVAL = 5.0


class LeftError(Exception):
    """The person stopped following; what was followed goes on."""


def follow_to_the_end(
    what: Followed, session: Session, terminal: Terminal, log_dir: Path, interval: float = INTERVAL
) -> Sight:
    """Shows the run until it is over, keeping its metrics logs in `log_dir`; returns how it was last seen.

    Raises:
        LeftError: Ctrl-C; the run goes on.
        GuardError: It cannot be followed; the run goes on all the same.
    """
    tools = FollowTools(session.store(), session.workflow(), session.clock(), session.waiter())
    logged = _logging(follow(what, tools, interval), session, DiskLogFolder(log_dir), terminal)
    show = _live if terminal.live else _lines
    try:
        return show(logged, session, terminal)
    except KeyboardInterrupt as exc:
        raise LeftError from exc


def _logging(
    sights: Iterator[Sight], session: Session, folder: DiskLogFolder, terminal: Terminal
) -> Iterator[Sight]:
    """Passes the sights on, each once its logs are on this disk; a log that fails is told once and left."""
    copied: Copied | None = Copied({})
    for sight in sights:
        if sight.run and copied is not None:
            try:
                copied = copy_logs(sight.run, copied, session.journal(), folder)
            except ServiceError:
                pass  # told by the sight itself when it lasts; the next copy has all of it
            except GuardError as exc:
                terminal.say(f"The metrics log is not kept: {exc}")
                copied = None
        yield sight


def _lines(sights: Iterator[Sight], session: Session, terminal: Terminal) -> Sight:
    lines, last = ChangeLines(), Sight()
    for last in sights:
        for line in lines.of_run(last, session.clock().now()):
            terminal.say(line)
    return last


def _live(sights: Iterator[Sight], session: Session, terminal: Terminal) -> Sight:
    seen, started = [Sight()], session.clock().now()
    with redrawn(terminal, lambda: run_panel(seen[-1], session.clock().now(), started)) as refresh:
        for sight in sights:
            seen[:] = [sight]
            refresh()
    return seen[-1]


@contextmanager
def redrawn(terminal: Terminal, draw: Callable[[], RenderableType]) -> Iterator[Callable[[], None]]:
    """Draws again each second, so that the time that passes is seen; gives a way to draw at once."""
    # Two columns stay free: a terminal echoes ^C there, and a wrapped echo would spoil what is cleared.
    # Machines' lines must reach stdout as they are; rich would draw them into the display.
    redirect = not terminal.as_json
    with Live(
        get_renderable=lambda: Constrain(draw(), min(terminal.console.width - len("^C"), terminal.width)),
        console=terminal.console,
        refresh_per_second=1,
        transient=True,
        redirect_stdout=redirect,
        redirect_stderr=redirect,
    ) as live:
        yield live.refresh
