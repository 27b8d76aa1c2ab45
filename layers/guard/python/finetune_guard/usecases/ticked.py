"""What a tick did, and the guard around each thing that it does: none keeps the others waiting."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.stored import Listed

T = TypeVar("T")


@dataclass(slots=True)
class Ticked:
    """What one tick did.

    Attributes:
        open_jobs: Jobs that were open when it began.
        judged: Jobs looked at.
        left_out: Jobs and runs that it had no time for; the next tick begins with them.
        discarded: Jobs and runs that another tick wrote first.
        closed: Jobs that it closed.
        stops: Calls of Stop.
        completed: Waits that it ended.
        sent: Alerts published, also those that shared a mail.
        pending: Alerts that could not be published.
        kept_back: Alerts that wait because of the most mails an hour.
        overdue_seconds: Age of the oldest judgement among the open jobs when it began.
        errors: One sentence for each job, run or alert that failed, and for each record that cannot be read;
            never with a record's text.
    """

    open_jobs: int = 0
    judged: int = 0
    left_out: int = 0
    discarded: int = 0
    closed: int = 0
    stops: int = 0
    completed: int = 0
    sent: int = 0
    pending: int = 0
    kept_back: int = 0
    overdue_seconds: float = 0.0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tried(Generic[T]):
    """What came of one thing.

    Attributes:
        result: None when it lost a race, failed or was left out.
        error: A sentence when it failed.
        lost: Whether somebody else was faster.
        left_out: Whether there was no time for it.
    """

    result: T | None = None
    error: str = ""
    lost: bool = False
    left_out: bool = False


def tried(act: Callable[[], T], what: str) -> Tried[T]:
    """Does it, and says what came of it; only the end of the process is raised."""
    try:
        return Tried(act())
    except StaleRecordError:
        return Tried(lost=True)
    except Exception as exc:  # one poisonous job must not keep the others from being judged
        return Tried(error=f"{what}: {type(exc).__name__}: {str(exc)[:300]}")


def counted(outcome: Tried[T], ticked: Ticked) -> T | None:
    """The result, after what else came of it is counted; by the tick's own thread alone."""
    ticked.left_out += outcome.left_out
    ticked.discarded += outcome.lost
    if outcome.error:
        ticked.errors.append(outcome.error)
    return outcome.result


def readable(listed: Listed[T], ticked: Ticked) -> Listed[T]:
    """What was listed, after the records that cannot be read are told."""
    ticked.errors.extend(record.sentence for record in listed.unreadable)
    return listed
