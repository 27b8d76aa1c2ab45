"""Sends what is to be told: claimed first, marked last, so sent at least once and rarely twice.

The places of the mails are taken before any leaves, so that a tick that dies costs places and never makes a
mail too many. The order of the effects: the record of the mails, then for each mail its claims, the mail, its
marks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from finetune_guard.core.alerts import Alert
from finetune_guard.core.digest_mail import digest_alert
from finetune_guard.core.mail_cap import Shares, sendable, shared_out
from finetune_guard.ports import Alerts, Clock, RunStore, Workers
from finetune_guard.usecases.ticked import Ticked, Tried, counted, readable, tried

#: A sender that has claimed an alert has this long to publish it.
CLAIM = timedelta(minutes=2)
#: Mails with one alert that a tick sends at most, and alerts that it tells together.
MOST_SINGLES = 20
MOST_TOGETHER = 1000


@dataclass(frozen=True, slots=True)
class SendTools:
    """What sending needs of the world; `mails_per_hour` is explained in core/mail_cap.py."""

    store: RunStore
    alerts: Alerts
    clock: Clock
    workers: Workers
    mails_per_hour: int


def send_alerts(tools: SendTools, deadline: datetime, ticked: Ticked) -> None:
    """Publishes what is pending, as far as the hour's mails and the time go.

    Args:
        tools: What it needs of the world.
        deadline: No further mail is begun after this; the next tick goes on.
        ticked: Counts what was sent, what could not be and what waits.
    """
    pending = readable(tools.store.pending_alerts(), ticked)
    now = tools.clock.now()
    waiting = tuple(alert for alert in pending if sendable(alert, now))
    if not waiting or now >= deadline:
        ticked.kept_back += len(waiting)
        return
    shares = counted(tried(partial(_placed, waiting, now, tools), "the mails of the hour"), ticked)
    if shares is None:
        return
    _send_singles(shares.singles, tools, deadline, ticked)
    told = _send_together(shares.together, shares.kept_back, tools, deadline, ticked)
    ticked.kept_back += shares.kept_back + len(shares.together) - told


def _placed(waiting: Sequence[Alert], now: datetime, tools: SendTools) -> Shares:
    """Who is told now, once the places of the mails are written down.

    Raises:
        StaleRecordError: Another tick took places at the same moment, and sends.
    """
    mails = tools.store.mails()
    shares = shared_out(mails, waiting, now, tools.mails_per_hour, MOST_SINGLES)
    if shares.singles or shares.together:
        tools.store.save_mails(shares.mails)
    return shares


def _send_singles(alerts: Sequence[Alert], tools: SendTools, deadline: datetime, ticked: Ticked) -> None:
    def send(alert: Alert) -> Tried[bool]:
        return tried(partial(_send_one, alert, tools, deadline), _of(alert))

    for outcome in tools.workers.each(send, alerts):
        sent = counted(outcome, ticked)
        ticked.sent += sent is True
        ticked.pending += bool(outcome.error)


def _send_one(alert: Alert, tools: SendTools, deadline: datetime) -> bool:
    """Whether it was sent: not without time, and not while another tick sends it."""
    if not _claimed(alert, tools, deadline):
        return False
    message_id = tools.alerts.publish(alert)
    tools.store.mark_sent(alert, message_id, tools.clock.now())
    return True


def _send_together(
    alerts: Sequence[Alert], kept_back: int, tools: SendTools, deadline: datetime, ticked: Ticked
) -> int:
    """One mail for as many as there is time for; half of it is kept for the marks. How many it told."""
    now = tools.clock.now()
    half = now + (deadline - now) / 2
    chosen = alerts[:MOST_TOGETHER]
    claims = tools.workers.each(
        lambda alert: tried(partial(_claimed, alert, tools, half), _of(alert)), chosen
    )
    mine = [alert for alert, claim in zip(chosen, claims, strict=True) if counted(claim, ticked)]
    if not mine:
        return 0
    waiting = kept_back + len(alerts) - len(mine)
    mail = mine[0] if len(mine) == 1 else digest_alert(mine, waiting, tools.mails_per_hour, now)
    message_id = counted(tried(partial(tools.alerts.publish, mail), f"mail of {len(mine)} alerts"), ticked)
    if message_id is None:
        ticked.pending += len(mine)
        return 0

    def mark(alert: Alert) -> Tried[None]:
        return tried(partial(tools.store.mark_sent, alert, message_id, tools.clock.now()), _of(alert))

    for marked in tools.workers.each(mark, mine):
        counted(marked, ticked)
    ticked.sent += len(mine)
    return len(mine)


def _claimed(alert: Alert, tools: SendTools, deadline: datetime) -> bool:
    now = tools.clock.now()
    return now < deadline and tools.store.claim_alert(alert, now, now + CLAIM)


def _of(alert: Alert) -> str:
    return f"alert {alert.alert_id}"
