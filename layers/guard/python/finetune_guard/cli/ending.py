"""How a followed run ends at the terminal: its story, its result for machines, its exit code."""

from pathlib import Path

from finetune_guard.cli.following import LeftError, follow_to_the_end
from finetune_guard.cli.session import Session, console_url
from finetune_guard.cli.story import story
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.core.errors import GuardError, ServiceError
from finetune_guard.core.observations import Execution
from finetune_guard.core.reporting import Outcome, result_of
from finetune_guard.core.runs import Run
from finetune_guard.usecases.follow import Followed, Sight
from finetune_guard.usecases.run_curves import RunLogs, read_logs

_EXITS = {
    Outcome.COMPLETED: EXIT.fine,
    Outcome.REFUSED: EXIT.no,
    Outcome.STOPPED: EXIT.no,
    Outcome.FAILED: EXIT.failure,
}


def followed_end(what: Followed, session: Session, terminal: Terminal, log_dir: Path) -> int:
    """Follows the run to its end and tells it; returns the exit code, EXIT.left after Ctrl-C.

    Raises:
        GuardError: It cannot be followed any longer; the message says how to come back.
    """
    try:
        sight = follow_to_the_end(what, session, terminal, log_dir)
    except LeftError:
        terminal.say("Left. The run goes on without this command.")
        terminal.say(come_back(what.run_id))
        return EXIT.left
    except ServiceError as exc:
        raise GuardError(f"{exc}\nThe run goes on without this command. {come_back(what.run_id)}") from exc
    return _told(sight, session, terminal)


def come_back(run_id: str) -> str:
    """How to come back to a run."""
    return f"To come back: finetune-guard report {run_id} --follow"


def _told(sight: Sight, session: Session, terminal: Terminal) -> int:
    if sight.run is None:
        return _never_began(sight.execution, terminal)
    return tell(sight.run, read_logs(sight.run, session.journal()), terminal)


def tell(run: Run, read: RunLogs, terminal: Terminal) -> int:
    """Tells a run's story, gives machines its result; returns the exit code, 0 for a run under way."""
    result = result_of(run)
    terminal.say(story(run, terminal.width, read))
    terminal.emit(result)
    return _EXITS[result.outcome] if run.ended else EXIT.fine


def _never_began(execution: Execution | None, terminal: Terminal) -> int:
    """The machine failed before it could write a record; nothing was created."""
    if execution is None:
        return EXIT.fine
    terminal.say(
        f"The execution ended as {execution.status} before the run was recorded; no job was created."
    )
    if execution.error or execution.cause:
        terminal.say(f"{execution.error}: {execution.cause[:2000]}")
    terminal.say(f"Look at it: {console_url(execution.arn)}")
    return EXIT.failure
