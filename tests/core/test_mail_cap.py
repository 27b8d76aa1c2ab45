from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.alerts import Alert, AlertKind, AlertState
from finetune_guard.core.mail_cap import URGENT, WINDOW, Mails, digests_an_hour, sendable, shared_out
from tests.builders import START, later
from tests.contracts.records import alert

LIMIT = 30
#: A limit of 30: three mails are kept for many alerts, ten for what is urgent.
ROOM, ROOM_WITH_URGENT = 17, 27


def alerts(count: int, kind: AlertKind = AlertKind.FINDING) -> list[Alert]:
    return [alert(f"{kind[:3]}{n:021}", kind=kind, created_at=later(seconds=n)) for n in range(count)]


def kinds(told: Sequence[Alert]) -> set[AlertKind]:
    return {one.kind for one in told}


def test_below_the_cap_each_alert_gets_a_mail_of_its_own() -> None:
    shares = shared_out(Mails(), alerts(ROOM), START, LIMIT, 100)
    assert (len(shares.singles), shares.together, shares.kept_back) == (ROOM, (), 0)
    assert shares.mails == Mails((START,) * ROOM)


@pytest.mark.fault(72)
def test_what_goes_beyond_is_told_together() -> None:
    shares = shared_out(Mails(), alerts(100), START, LIMIT, 100)
    assert (len(shares.singles), len(shares.together), shares.kept_back) == (ROOM, 100 - ROOM, 0)
    assert shares.mails.digests == (START,)


def test_the_next_mail_of_many_waits_for_its_share_of_the_hour() -> None:
    full = Mails((START,) * ROOM, (START,))
    early = shared_out(full, alerts(5), later(minutes=20), LIMIT, 100)
    assert (early.singles, early.together, early.kept_back) == ((), (), 5)
    due = shared_out(full, alerts(5), START + WINDOW / digests_an_hour(LIMIT), LIMIT, 100)
    assert (len(due.together), due.kept_back) == (5, 0)


def test_a_storm_of_findings_leaves_room_for_what_is_urgent() -> None:
    full = Mails((START,) * ROOM, (START,))
    shares = shared_out(full, alerts(3) + alerts(2, AlertKind.QUESTION), later(minutes=1), LIMIT, 100)
    assert (kinds(shares.singles), len(shares.singles)) == ({AlertKind.QUESTION}, 2)


@pytest.mark.parametrize("kind", sorted(URGENT))
def test_what_is_urgent_goes_first_however_late_it_came(kind: AlertKind) -> None:
    shares = shared_out(Mails(), [*alerts(100), *alerts(1, kind)], START, LIMIT, 1)
    assert kinds(shares.singles) == {kind}


def test_many_urgent_ones_are_bounded_too() -> None:
    shares = shared_out(Mails(), alerts(50, AlertKind.STOPPING), START, LIMIT, 100)
    assert (len(shares.singles), len(shares.together)) == (ROOM_WITH_URGENT, 50 - ROOM_WITH_URGENT)


def test_who_finds_no_place_in_this_tick_alone_is_not_told_together() -> None:
    shares = shared_out(Mails(), alerts(10), START, LIMIT, 4)
    assert (len(shares.singles), shares.together, shares.kept_back) == (4, (), 6)
    assert shares.mails.singles == (START,) * 4


def test_a_place_counts_for_an_hour_and_the_minute_in_which_its_mail_leaves() -> None:
    mails = Mails((START,) * ROOM)
    assert shared_out(mails, alerts(1), START + WINDOW - timedelta(seconds=1), LIMIT, 9).singles == ()
    fresh = shared_out(mails, alerts(1), START + WINDOW, LIMIT, 9)
    assert fresh.mails.singles == (START + WINDOW,)


def test_the_smallest_cap_is_one_mail_and_one_for_the_rest() -> None:
    shares = shared_out(Mails(), alerts(3), START, 2, 9)
    assert (len(shares.singles), len(shares.together)) == (1, 2)


@pytest.mark.parametrize(
    ("state", "claimed_until", "free"),
    [
        (AlertState.PENDING, None, True),
        (AlertState.CLAIMED, START, False),
        (AlertState.CLAIMED, later(seconds=-1), True),
        (AlertState.SENT, None, False),
    ],
)
def test_an_alert_is_free_unless_it_is_sent_or_being_sent(
    state: AlertState, claimed_until: datetime | None, free: bool
) -> None:
    assert sendable(alert(state=state, claimed_until=claimed_until), START) is free


@given(
    arrivals=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=1, max_size=30),
    limit=st.integers(2, 60),
    most=st.integers(1, 40),
)
def test_no_hour_ever_has_more_mails_than_it_may(
    arrivals: list[tuple[int, int]], limit: int, most: int
) -> None:
    now, mails, times = START, Mails(), list[datetime]()
    for minutes, count in arrivals:
        now += timedelta(minutes=minutes)
        many = alerts(count) + alerts(count // 3, AlertKind.QUESTION)
        shares = shared_out(mails, many, now, limit, most)
        assert len(shares.singles) + len(shares.together) + shares.kept_back == len(many)
        assert not set(shares.singles) & set(shares.together)
        mails = shares.mails
        times += [now] * (len(shares.singles) + bool(shares.together))
    assert all(sum(at <= other < at + WINDOW for other in times) <= limit for at in times)
