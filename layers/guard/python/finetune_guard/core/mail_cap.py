"""How many mails people get within an hour, and which alerts get one of their own.

A storm of mails is read by nobody, and a mailbox that refuses some of them loses the one that mattered. What
goes beyond the cap is told together, in few mails. Pure: the watch keeps the record of them in the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from finetune_guard.core.alerts import Alert, AlertKind, AlertState

#: An hour, and the minute for which a tick can live: a mail leaves at most so long after its place is taken.
WINDOW = timedelta(hours=1, minutes=1)

#: A person has to do something, or money is at stake now.
URGENT = frozenset(
    {
        AlertKind.QUESTION,
        AlertKind.STOP_NOT_CONFIRMED,
        AlertKind.EXECUTION_ABORTED,
        AlertKind.STOPPING,
        AlertKind.STOP_HELD_BACK,
        AlertKind.BREAKER_TRIPPED,
        AlertKind.TEST,
    }
)


@dataclass(frozen=True, slots=True)
class Mails:
    """The mails of the last hour, in the whole stack.

    Attributes:
        singles: When each mail with one alert was about to leave; some may be older and no longer count.
        digests: The same of mails that tell many alerts together.
        version: Rises with each write; writes are conditional on it. 0 before the first.
    """

    singles: tuple[datetime, ...] = ()
    digests: tuple[datetime, ...] = ()
    version: int = 0
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class Shares:
    """How the alerts that wait are told.

    Attributes:
        singles: Those that get a mail of their own now.
        together: Those that one mail tells now; more urgent and older ones first.
        kept_back: How many wait for a later mail.
        mails: The record with a place for each mail.
    """

    singles: tuple[Alert, ...]
    together: tuple[Alert, ...]
    kept_back: int
    mails: Mails


def digests_an_hour(limit: int) -> int:
    """A tenth of the cap, at least one: mails that tell many alerts; they come evenly spaced."""
    return max(1, limit // 10)


def sendable(alert: Alert, now: datetime) -> bool:
    """Whether nobody is sending it at this moment."""
    claimed = alert.claimed_until is not None and now <= alert.claimed_until
    return alert.state is not AlertState.SENT and not claimed


def shared_out(mails: Mails, alerts: Sequence[Alert], now: datetime, limit: int, most: int) -> Shares:
    """Who gets a mail of their own, and who is told together.

    A tenth of the cap is kept for mails that tell many, and a third for what is urgent, so that a storm of
    findings never keeps a question waiting behind it.

    Args:
        mails: As read.
        alerts: Those to be told, oldest first.
        now: UTC; also the time of the mails.
        limit: Most mails within an hour, at least 2.
        most: Most mails with one alert at this time; who finds no place for this reason alone waits for the
            next.
    """
    counted = _recent(mails, now)
    urgent_room = limit - digests_an_hour(limit) - len(counted.singles)
    room = urgent_room - limit // 3
    singles: list[Alert] = []
    over: list[Alert] = []
    for alert in sorted(alerts, key=lambda alert: alert.kind not in URGENT):
        fits = len(singles) < (urgent_room if alert.kind in URGENT else room)
        (singles if fits else over).append(alert)
    now_single, later = singles[:most], singles[most:]
    together = over if over and _digest_due(counted, now, limit) else []
    placed = replace(
        counted,
        singles=(*counted.singles, *(now for _ in now_single)),
        digests=(*counted.digests, now) if together else counted.digests,
    )
    kept_back = len(later) + len(over) - len(together)
    return Shares(tuple(now_single), tuple(together), kept_back, placed)


def _recent(mails: Mails, now: datetime) -> Mails:
    singles = tuple(at for at in mails.singles if now < at + WINDOW)
    return replace(mails, singles=singles, digests=tuple(at for at in mails.digests if now < at + WINDOW))


def _digest_due(mails: Mails, now: datetime, limit: int) -> bool:
    return not mails.digests or now >= max(mails.digests) + WINDOW / digests_an_hour(limit)
