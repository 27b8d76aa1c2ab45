from collections.abc import Iterator
from threading import Event, current_thread, main_thread

import pytest

from finetune_guard.cli.background import Background


def test_everything_comes_in_order_from_another_thread() -> None:
    def items() -> Iterator[tuple[int, bool]]:
        for number in range(3):
            yield number, current_thread() is main_thread()

    assert list(Background(items(), Event())) == [(0, False), (1, False), (2, False)]


def test_what_the_thread_raises_is_raised_where_it_is_read() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("boom")

    read = []
    with pytest.raises(ValueError, match="boom"):
        for item in Background(items(), Event()):
            read.append(item)
    assert read == [1]


def test_leaving_ends_the_thread_at_its_next_wait() -> None:
    waiter = Event()

    def items() -> Iterator[int]:
        while not waiter.wait(60):
            yield 0
        yield 1

    thread = Background(items(), waiter)
    reader = iter(thread)
    thread.leave()
    assert list(reader) == [1]
