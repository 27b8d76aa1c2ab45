"""Runs what looks at a job in a thread of its own, so that a slow service never holds up the display."""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from finetune_guard.usecases.waiting import Waiter

T = TypeVar("T")

#: A call under way may take this long to end after the person has left; then it is left to itself.
PATIENCE_SECONDS = 2.0


class _End:
    """Marks that no more comes."""


class Background(Generic[T]):
    """Iterates in a thread; what it yields or raises comes out here, in order.

    Args:
        items: What is iterated; it waits on `waiter`.
        waiter: Set when nobody wants more.
    """

    def __init__(self, items: Iterator[T], waiter: Waiter) -> None:
        self._items = items
        self._waiter = waiter
        self._queue: SimpleQueue[T | Exception | _End] = SimpleQueue()
        self._thread = Thread(target=self._iterate, name="monitor", daemon=True)

    def __iter__(self) -> Iterator[T]:
        """What the thread yields; an exception of the thread is raised here."""
        self._thread.start()
        while not isinstance(item := self._queue.get(), _End):
            if isinstance(item, Exception):
                raise item
            yield item

    def leave(self) -> None:
        """Ends the thread at its next wait."""
        self._waiter.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE_SECONDS)

    def _iterate(self) -> None:
        try:
            for item in self._items:
                self._queue.put(item)
        except Exception as exc:  # every error belongs to whoever reads the queue
            self._queue.put(exc)
        self._queue.put(_End())
