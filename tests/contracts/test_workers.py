"""The contract of Workers, on the fakes and on threads."""

from threading import Barrier, current_thread, enumerate

import pytest

from finetune_guard.ports import Workers
from finetune_guard.threads import Threads
from tests.fakes.clock import FakeClock
from tests.fakes.slow import SideBySide
from tests.fakes.workers import OneByOne

MADE: dict[str, Workers] = {
    "one by one": OneByOne(),
    "simulated": SideBySide(FakeClock(), 3),
    "threads": Threads(3),
    "one thread": Threads(1),
}


@pytest.fixture(params=MADE)
def workers(request: pytest.FixtureRequest) -> Workers:
    return MADE[request.param]


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_the_answers_come_in_the_order_of_the_things(workers: Workers, count: int) -> None:
    assert workers.each(lambda number: number * number, range(count)) == [n * n for n in range(count)]


def test_what_is_raised_reaches_the_caller(workers: Workers) -> None:
    with pytest.raises(KeyboardInterrupt):
        workers.each(_interrupted_at_two, range(5))


def _interrupted_at_two(number: int) -> int:
    if number == 2:
        raise KeyboardInterrupt
    return number


def test_threads_work_at_the_same_time_and_end_with_the_work() -> None:
    together = Barrier(3, timeout=30)
    names = Threads(3).each(lambda _: (together.wait(), current_thread().name)[1], range(3))
    assert len(set(names)) == 3
    assert not set(names) & {thread.name for thread in enumerate()}
