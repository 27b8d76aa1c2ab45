"""Sending within an hour's mails and a tick's time: storms, ticks that die, topics that refuse."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune_guard.core.alerts import Alert, AlertKind, AlertState
from finetune_guard.core.errors import ServiceUnavailableError
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.wire import loads
from finetune_guard.usecases.send_alerts import SendTools, send_alerts
from finetune_guard.usecases.ticked import Ticked
from tests.contracts.records import alert
from tests.fakes.seam import Calm, Crash, CrashAt, Faults, When
from tests.fakes.slow import SideBySide, Slow
from tests.fakes.store import Row
from tests.fakes.workers import OneByOne
from tests.fakes.world import World

LIMIT = 30
RUNS = 100


@pytest.fixture
def world() -> World:
    return World()


def tools(world: World, limit: int = LIMIT) -> SendTools:
    return SendTools(world.store, world.alerts, world.clock, OneByOne(), limit)


def send(world: World, with_tools: SendTools | None = None) -> Ticked:
    ticked = Ticked()
    send_alerts(with_tools or tools(world), world.clock.now() + timedelta(seconds=20), ticked)
    return ticked


def arrive(world: World, count: int, kind: AlertKind = AlertKind.FINDING) -> None:
    """So many new alerts of a hundred runs, as a tick records them."""
    already = sum(key[0] == "ALERT" for key in world.store.rows)
    for n in range(already, already + count):
        world.store.add_alert(
            alert(f"{n:024}", kind=kind, run_id=f"run-{n % RUNS}", created_at=world.clock.now())
        )


def stored(world: World) -> list[Alert]:
    """Past the store's own reading, run by run, which its fake takes long for."""
    return [loads(row.text, Alert) for key, row in world.store.rows.items() if key[0] == "ALERT"]


def digests(world: World) -> list[Alert]:
    return [mail for mail in world.alerts.published if mail.kind is AlertKind.DIGEST]


def test_a_few_alerts_get_a_mail_each_and_none_is_kept_back(world: World) -> None:
    arrive(world, 5)
    ticked = send(world)
    assert (ticked.sent, ticked.kept_back, ticked.pending, ticked.errors) == (5, 0, 0, [])
    assert digests(world) == []


def test_with_nothing_to_tell_the_record_of_the_mails_is_not_asked_for(world: World) -> None:
    send(world)
    assert world.store.calls == ["pending_alerts"]


def test_many_are_told_by_single_mails_and_one_for_the_rest_each_with_its_id(world: World) -> None:
    arrive(world, 60)
    ticked = send(world)
    (digest,) = digests(world)
    assert ticked.sent == 60
    told = Counter(one.message_id for one in stored(world))
    digest_id = f"message-{world.alerts.published.index(digest) + 1}"
    assert told[digest_id] == 60 - 17
    assert len(told) == 18
    assert digest.text.startswith("43 alerts of 43 runs")


def test_a_single_alert_beyond_the_cap_is_told_as_it_is(world: World) -> None:
    arrive(world, 18)
    assert send(world).sent == 18
    assert digests(world) == []


def test_the_places_are_written_down_before_any_mail_leaves(world: World) -> None:
    arrive(world, 60)
    send(world)
    calls = world.seam.calls
    assert calls.index("store.save_mails") < calls.index("store.claim_alert") < calls.index("alerts.publish")


def test_what_waits_is_told_when_the_next_mail_of_many_is_due(world: World) -> None:
    arrive(world, 60)
    send(world)
    arrive(world, 40)
    assert send(world).kept_back == 40
    world.clock.advance(minutes=21)
    ticked = send(world)
    assert (ticked.sent, ticked.kept_back) == (40, 0)
    assert len(digests(world)) == 2


@pytest.mark.fault(72)
def test_a_question_does_not_wait_behind_a_storm_of_findings(world: World) -> None:
    arrive(world, 500)
    send(world)
    arrive(world, 500)
    arrive(world, 1, AlertKind.QUESTION)
    send(world)
    assert world.alerts.published[-1].kind is AlertKind.QUESTION


@pytest.mark.fault(4)
def test_of_two_ticks_at_once_only_one_sends(world: World) -> None:
    arrive(world, 60)
    read, other = world.store.mails, world.store.another_writer()

    def overtaken() -> Mails:
        found = read()
        send(world, replace(tools(world), store=other))
        return found

    world.store.mails = overtaken  # type: ignore[method-assign]
    ticked = send(world)
    assert (ticked.sent, ticked.discarded) == (0, 1)
    assert len(world.alerts.published) == 18
    assert {one.state for one in stored(world)} == {AlertState.SENT}


@pytest.mark.fault(67)
@pytest.mark.parametrize("count", [1, 60])
def test_what_the_topic_refuses_is_kept_and_told_later(world: World, count: int) -> None:
    arrive(world, count)
    refused = [ServiceUnavailableError("throttled")] * 18
    world.seam.interrupt = Faults().add("alerts.publish", *refused)
    ticked = send(world)
    assert (ticked.sent, ticked.pending) == (0, count)
    assert ticked.errors
    world.seam.interrupt = Calm()
    for _ in range(3):
        world.clock.advance(minutes=21)
        send(world)
    assert {one.state for one in stored(world)} == {AlertState.SENT}


@pytest.mark.fault(11)
def test_after_its_deadline_a_tick_begins_no_mail_and_takes_no_place(world: World) -> None:
    arrive(world, 3)
    ticked = Ticked()
    send_alerts(tools(world), world.clock.now(), ticked)
    assert (ticked.sent, ticked.kept_back) == (0, 3)
    assert world.store.calls[-1] == "pending_alerts"


def storm(world: World, count: int) -> None:
    """As `arrive`, past the store, whose fake takes long for ten thousand."""
    arrive(world, 1)
    (((_, first), row),) = (((k[0], k[1]), r) for k, r in world.store.rows.items() if k[0] == "ALERT")
    for n in range(1, count):
        run_id, name = f"run-{n % RUNS}", f"{n:024}"
        text = row.text.replace(f"{0:024}", name).replace(f'"{first}"', f'"{run_id}"')
        world.store.rows[("ALERT", run_id, name)] = Row(text, row.version, row.writer)


@pytest.mark.fault(72)
@pytest.mark.fault(11)
def test_ten_thousand_findings_are_all_recorded_and_told_in_few_mails_and_no_tick_overruns(
    world: World,
) -> None:
    storm(world, 10_000)
    times, longest = [], timedelta(0)
    with_tools = replace(tools(world), workers=SideBySide(world.clock, 8))
    began = world.clock.now()
    for minute in (0, 1, 2, *range(21, 12 * 60, 21)):
        world.clock.set(began + timedelta(minutes=minute))
        world.seam.interrupt = Slow(world.clock, 0.02, 0.0, Random(7))
        sent, at = len(world.alerts.published), world.clock.now()
        ticked = send(world, with_tools)
        longest = max(longest, world.clock.now() - at)
        times += [at] * (len(world.alerts.published) - sent)
        world.seam.interrupt = Calm()
        if not ticked.kept_back:
            break
    assert {one.state for one in stored(world)} == {AlertState.SENT}
    assert len(stored(world)) == 10_000
    assert longest < timedelta(seconds=25)
    assert most_within_an_hour(times) <= LIMIT
    assert times[-1] - began < timedelta(hours=5)
    published = {f"message-{n}" for n in range(1, len(world.alerts.published) + 1)}
    assert {one.message_id for one in stored(world)} == published


def most_within_an_hour(times: list[datetime]) -> int:
    return max((sum(at <= other < at + timedelta(hours=1) for other in times) for at in times), default=0)


@pytest.mark.fault(12)
@pytest.mark.fault(68)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_tick_that_dies_anywhere_forgets_nothing_and_repeats_one_mail_at_most(when: When) -> None:
    calls = _told_in_the_end(Calm())
    assert calls > 30
    for nth in range(calls):
        _told_in_the_end(CrashAt(nth, when))


def _told_in_the_end(interrupt: Calm | CrashAt, limit: int = 4) -> int:
    """Eleven alerts, two of them by mails of their own; how many calls the ticks made."""
    world, times = World(), list[datetime]()
    arrive(world, 10)
    arrive(world, 1, AlertKind.QUESTION)
    world.seam.calls.clear()
    world.seam.interrupt = interrupt
    for _ in range(8):
        sent = len(world.alerts.published)
        try:
            send(world, tools(world, limit))
        except Crash:
            world.seam.interrupt = Calm()
        times += [world.clock.now()] * (len(world.alerts.published) - sent)
        world.clock.advance(minutes=20)
    calls = len(world.seam.calls)
    assert {one.state for one in stored(world)} == {AlertState.SENT}
    assert most_within_an_hour(times) <= limit
    borne = {one.message_id for one in stored(world)}
    assert len(world.alerts.published) - len(borne) <= isinstance(interrupt, CrashAt)
    return calls


#: Minutes that pass, alerts that come, whether they are urgent, and the call at which the tick dies.
ARRIVALS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 25), st.booleans(), st.none() | st.integers(0, 60)),
    min_size=1,
    max_size=12,
)


@given(ARRIVALS, st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_whatever_comes_and_dies_no_hour_has_too_many_mails_and_each_alert_is_told(
    arrivals: list[tuple[int, int, bool, int | None]], limit: int
) -> None:
    world, times, crashes = World(), list[datetime](), 0
    for minutes, count, urgent, nth in [*arrivals, *((31, 0, False, None) for _ in range(6))]:
        world.clock.advance(minutes=minutes)
        arrive(world, count, AlertKind.STOPPING if urgent else AlertKind.FINDING)
        sent = len(world.alerts.published)
        world.seam.interrupt = Calm() if nth is None else CrashAt(nth, "after")
        try:
            send(world, tools(world, limit))
        except Crash:
            crashes += 1
        world.seam.interrupt = Calm()
        times += [world.clock.now()] * (len(world.alerts.published) - sent)
    assert most_within_an_hour(times) <= limit
    everyone = stored(world)
    assert {one.state for one in everyone} <= {AlertState.SENT}
    singles = Counter(mail.alert_id for mail in world.alerts.published if mail.kind is not AlertKind.DIGEST)
    assert sum(singles.values()) - len(singles) <= crashes
    if not crashes:
        assert _mails_that_told(world, everyone) == len(world.alerts.published)


def _mails_that_told(world: World, everyone: list[Alert]) -> int:
    """In calm each alert is in one mail: its own, or the one of many whose id it bears."""
    for one in everyone:
        mail = world.alerts.published[int(one.message_id.removeprefix("message-")) - 1]
        assert mail.kind is AlertKind.DIGEST or mail.alert_id == one.alert_id
    own = {mail.alert_id for mail in world.alerts.published}
    together = Counter(one.message_id for one in everyone if one.alert_id not in own)
    assert all(f"{count} alerts of" in _mail(world, sent).text for sent, count in together.items())
    return len({one.message_id for one in everyone})


def _mail(world: World, message_id: str) -> Alert:
    return world.alerts.published[int(message_id.removeprefix("message-")) - 1]
