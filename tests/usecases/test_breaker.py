"""The breaker at the watch: many jobs diverge at once, and ticks die or run side by side."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import JobRecord, StopOrder, StopReason
from finetune_guard.core.runs import Run
from finetune_guard.core.stored import Listed
from finetune_guard.usecases.watch import tick
from tests.builders import START, plan, run
from tests.fakes.seam import Calm, Crash, CrashAt, Interrupt, When
from tests.fakes.world import World
from tests.usecases.machine import Machine, begun, csv, job, put, watch, watch_tools

ARMED = plan(rehearsal=None, auto_stop=AutoStop.ON, max_hours=1000)
SHOWN, BAD = csv(2.0), csv(2.0, 50.0, 60.0)


def of(number: int, **changes: object) -> Run:
    arn = f"arn:aws:states:us-west-2:123456789012:execution:FullRun:{number}"
    return run(run_id=f"run-{number}", execution_arn=arn, plan=replace(ARMED, **changes))  # type: ignore[arg-type]


def diverging(world: World, number: int, **changes: object) -> Machine:
    """A run whose live curve has just blown up, and no tick has seen it yet."""
    machine = begun(world, of(number, **changes))
    put(world, job(world, machine), SHOWN)
    watch(world)
    put(world, job(world, machine), BAD)
    return machine


def many_diverging(world: World, count: int) -> list[Machine]:
    machines = [begun(world, of(number)) for number in range(count)]
    for content in (SHOWN, BAD):
        for machine in machines:
            put(world, job(world, machine), content)
        if content == SHOWN:
            watch(world)
    return machines


def orders(world: World, machines: Iterable[Machine]) -> list[StopOrder]:
    return [stop for machine in machines if (stop := job(world, machine).stop)]


def mails(world: World, kind: AlertKind) -> list[str]:
    return [alert.text for alert in world.alerts.published if alert.kind is kind]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.fault(90)
def test_of_many_jobs_that_diverge_at_once_as_many_are_stopped_as_an_hour_may_have(world: World) -> None:
    machines = many_diverging(world, 5)
    watch(world, stops_per_hour=2)
    assert len(orders(world, machines)) == 2
    assert world.jobs.calls.count("stop") == 2
    assert len(mails(world, AlertKind.BREAKER_TRIPPED)) == 3
    assert len(mails(world, AlertKind.STOPPING)) == 2


def test_the_mail_says_how_many_stops_there_were_and_what_can_be_done(world: World) -> None:
    many_diverging(world, 2)
    watch(world, stops_per_hour=1)
    (alert,) = (alert for alert in world.alerts.published if alert.kind is AlertKind.BREAKER_TRIPPED)
    assert alert.subject.startswith("NOT STOPPED, breaker: run-")
    assert alert.text.startswith("NOT STOPPED, breaker: in the last hour 1 job was stopped")
    assert "runs on and bills" in alert.text
    assert f"finetune-guard stop {alert.run_id}\n" in alert.text
    assert f"possible at {world.clock.now() + timedelta(hours=1):%H:%M} UTC" in alert.text
    assert alert.finding is not None
    assert alert.finding.sentence in alert.text


def test_who_is_held_back_is_mailed_once_and_stopped_when_the_hour_has_passed(world: World) -> None:
    machines = many_diverging(world, 2)
    for _ in range(60):
        watch(world, stops_per_hour=1)
        world.clock.advance(minutes=1)
    assert len(orders(world, machines)) == 1
    assert len(mails(world, AlertKind.BREAKER_TRIPPED)) == 1
    watch(world, stops_per_hour=1)
    assert len(orders(world, machines)) == 2
    assert len(mails(world, AlertKind.STOPPING)) == 2
    assert sum(job(world, machine).held is not None for machine in machines) == 1


def test_a_job_whose_loss_came_back_in_that_hour_is_left_alone(world: World) -> None:
    machines = many_diverging(world, 2)
    watch(world, stops_per_hour=1)
    (held,) = (machine for machine in machines if job(world, machine).held)
    put(world, job(world, held), csv(2.0, 50.0, 60.0, 1.9, 1.8))
    world.clock.advance(hours=2)
    watch(world, stops_per_hour=1)
    assert job(world, held).stop is None


def test_neither_max_hours_nor_a_person_s_stop_asks_or_counts(world: World) -> None:
    late = begun(world, of(0, max_hours=0.5))
    asked = begun(world, of(1))
    order = StopOrder(StopReason.PERSON, "A person ordered it.", START)
    world.store.save_job(replace(job(world, asked), stop=order))
    world.clock.advance(hours=1)
    watch(world, stops_per_hour=1)
    assert "breaker" not in world.store.calls
    bad = diverging(world, 2)
    watch(world, stops_per_hour=1)
    reasons = [stop.reason for stop in orders(world, (late, asked, bad))]
    assert reasons == [StopReason.MAX_HOURS, StopReason.PERSON, StopReason.FINDING]


def test_max_hours_ends_a_job_that_the_breaker_holds_back(world: World) -> None:
    diverging(world, 0)
    watch(world, stops_per_hour=1)
    held = diverging(world, 1, max_hours=0.5)
    watch(world, stops_per_hour=1)
    assert job(world, held).held
    world.clock.advance(minutes=30)
    watch(world, stops_per_hour=1)
    stop = job(world, held).stop
    assert stop is not None
    assert stop.reason is StopReason.MAX_HOURS


@pytest.mark.parametrize("auto_stop", [AutoStop.SHADOW, AutoStop.OFF])
def test_a_job_that_is_not_to_be_stopped_never_asks_the_breaker(world: World, auto_stop: AutoStop) -> None:
    diverging(world, 0, auto_stop=auto_stop)
    watch(world)
    assert "breaker" not in world.store.calls


def test_the_place_is_taken_before_the_order_is_written_and_told(world: World) -> None:
    diverging(world, 0)
    before = len(world.store.calls)
    watch(world)
    calls = world.store.calls[before:]
    assert calls.index("save_breaker") < calls.index("add_alert") < calls.index("save_job")


@pytest.mark.fault(4)
@pytest.mark.fault(58)
def test_a_tick_that_loses_the_place_to_another_stops_nothing_and_looks_again(world: World) -> None:
    first, second = many_diverging(world, 2)
    other = world.store.another_writer()
    read = world.store.breaker

    def overtaken():  # type: ignore[no-untyped-def]
        found = read()
        other.save_breaker(replace(found, stops=()))
        return found

    world.store.breaker = overtaken  # type: ignore[method-assign]
    ticked = watch(world, stops_per_hour=2)
    assert (ticked.discarded, ticked.errors) == (2, [])
    assert orders(world, (first, second)) == []
    assert mails(world, AlertKind.STOPPING) == []
    world.store.breaker = read  # type: ignore[method-assign]
    watch(world, stops_per_hour=2)
    assert len(orders(world, (first, second))) == 2


def assert_bounded(stops: list[StopOrder], limit: int) -> None:
    times = [stop.decided_at for stop in stops if stop.reason is StopReason.FINDING]
    assert max((within_an_hour(times, at) for at in times), default=0) <= limit


def within_an_hour(times: list[datetime], at: datetime) -> int:
    return sum(at <= other < at + timedelta(hours=1) for other in times)


#: What happens: minutes that pass, the call at which the tick dies, and whether another tick has read before.
HAPPENINGS = st.lists(
    st.tuples(
        st.integers(0, 35),
        st.none() | st.integers(0, 40),
        st.sampled_from(["before", "after"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@given(HAPPENINGS, st.integers(1, 3))
@settings(max_examples=80)
@pytest.mark.fault(90)
def test_crashes_and_ticks_side_by_side_never_stop_more_than_an_hour_may_have(
    happenings: list[tuple[int, int | None, When, bool]], limit: int
) -> None:
    world = World()
    machines = many_diverging(world, 4)
    for minutes, nth, when, side_by_side in happenings:
        world.clock.advance(minutes=minutes)
        stale = world.store.open_jobs()
        ticked(world, limit, CrashAt(nth, when) if nth is not None else Calm())
        world.seam.interrupt = Calm()
        if side_by_side:
            _ticked_on(world, limit, stale)
    for _ in range(4):
        watch(world, limit)
        world.clock.advance(hours=1)
    assert_bounded(orders(world, machines), limit)
    assert len(orders(world, machines)) == 4


def ticked(world: World, limit: int, interrupt: Interrupt) -> None:
    """One tick, which may die; nothing interrupts the next once it has."""
    world.seam.interrupt = interrupt
    try:
        watch(world, limit)
    except Crash:
        world.seam.interrupt = Calm()


def _ticked_on(world: World, limit: int, stale: Listed[JobRecord]) -> None:
    """A tick of another process that read the open jobs before the last tick wrote them."""
    tools = watch_tools(world, limit)
    other = world.store.another_writer()
    other.open_jobs = lambda: stale  # type: ignore[method-assign]
    tick(replace(tools, store=other), world.clock.now() + timedelta(seconds=50))
