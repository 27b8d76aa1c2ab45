from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.breaker import (
    WINDOW,
    Breaker,
    PlacedStop,
    held_back,
    next_place,
    place_of,
    with_place,
)
from finetune_guard.core.jobs import StopOrder, StopReason
from tests.builders import START, later, running


def placed(breaker: Breaker, job: str, now: datetime, limit: int = 3) -> Breaker:
    made = with_place(breaker, job, now, limit)
    assert made is not None
    return made


def full(*minutes: float) -> Breaker:
    stops = tuple(PlacedStop(f"r/{n}", later(minutes=minute)) for n, minute in enumerate(minutes))
    return Breaker(stops, version=len(stops))


def test_a_job_is_named_among_all_jobs_of_the_stack() -> None:
    assert place_of(running()) == "support-bot-0123456789/rehearsal-0-0"


def test_as_many_jobs_get_a_place_as_the_limit_says_and_no_more() -> None:
    breaker = Breaker()
    for number in range(3):
        breaker = placed(breaker, f"r/{number}", START)
    assert with_place(breaker, "r/3", later(minutes=59), 3) is None
    assert with_place(breaker, "r/3", later(minutes=59), 4) is not None


def test_a_place_is_free_again_after_an_hour_and_what_no_longer_counts_is_dropped() -> None:
    after = placed(full(0, 10, 20), "r/new", later(minutes=60))
    assert [stop.job for stop in after.stops] == ["r/1", "r/2", "r/new"]


def test_a_job_that_has_a_place_keeps_it_and_it_counts_from_the_last_time() -> None:
    again = placed(full(0, 10, 20), "r/0", later(minutes=30))
    assert [stop.job for stop in again.stops] == ["r/1", "r/2", "r/0"]
    assert again.stops[-1].at == later(minutes=30)
    assert with_place(again, "r/new", later(minutes=61), 3) is None


def test_a_clock_that_is_behind_makes_no_place_older() -> None:
    assert placed(full(10), "r/0", later(minutes=9)).stops == (PlacedStop("r/0", later(minutes=10)),)


def test_a_job_whose_place_has_run_out_takes_one_like_every_other() -> None:
    others = tuple(PlacedStop(f"s/{n}", later(minutes=50 + n)) for n in range(3))
    taken = Breaker((PlacedStop("r/0", START), *others))
    assert with_place(taken, "r/0", later(minutes=61), 3) is None
    assert with_place(taken, "r/0", later(minutes=61), 4) is not None


def test_the_version_is_the_stores_business() -> None:
    assert placed(full(0), "r/new", START).version == 1


@pytest.mark.parametrize(
    ("breaker", "limit", "at"),
    [
        (full(0, 10, 20), 3, later(minutes=60)),
        (full(20, 0, 10), 2, later(minutes=70)),
        (full(0, 10), 3, later(minutes=30)),
        (full(0, 10, 20), 1, later(minutes=80)),
    ],
)
def test_the_next_place_is_when_enough_of_the_hour_has_passed(
    breaker: Breaker, limit: int, at: datetime
) -> None:
    assert next_place(breaker, later(minutes=30), limit) == at


def test_a_stop_that_is_held_back_leaves_its_reason_and_no_order() -> None:
    order = StopOrder(StopReason.FINDING, "The loss rose.", later(minutes=30))
    job = held_back(running(stop=order), full(0, 10, 20), later(minutes=30), 3)
    assert job.stop is None
    assert job.held is not None
    assert (job.held.sentence, job.held.stops, job.held.since, job.held.until) == (
        "The loss rose.",
        3,
        later(minutes=30),
        later(minutes=60),
    )
    again = held_back(replace(job, stop=order), full(0, 10, 20), later(minutes=40), 3)
    assert again.held == job.held


def test_a_job_without_an_order_has_nothing_to_hold_back() -> None:
    assert held_back(running(), full(0, 10, 20), later(minutes=30), 3) == running()


ASKED = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40), st.booleans()), max_size=80)


@given(ASKED, st.integers(1, 5))
def test_no_hour_ever_has_more_stops_than_the_limit(asked: list[tuple[int, int, bool]], limit: int) -> None:
    """A job asks until its stop is made; who dies after it got its place asks again, or never does."""
    breaker, now, stopped = Breaker(), START, dict[int, datetime]()
    for job, minutes, dies in asked:
        now += timedelta(minutes=minutes)
        made = None if job in stopped else with_place(breaker, f"r/{job}", now, limit)
        if made:
            breaker = made
            stopped |= {} if dies else {job: now}
    for at in stopped.values():
        assert sum(at <= other < at + WINDOW for other in stopped.values()) <= limit


@given(ASKED, st.integers(1, 5))
def test_who_is_first_at_the_next_place_gets_it(asked: list[tuple[int, int, bool]], limit: int) -> None:
    breaker, now = Breaker(), START
    for job, minutes, _ in asked:
        now += timedelta(minutes=minutes)
        breaker = with_place(breaker, f"r/{job}", now, limit) or breaker
    free = next_place(breaker, now, limit)
    assert with_place(breaker, "r/new", free, limit) is not None
    assert free == now or with_place(breaker, "r/new", free - timedelta(seconds=1), limit) is None
