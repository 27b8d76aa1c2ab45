"""Workers in tests: one thing after another, always in the same order."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class OneByOne:
    """Does one thing after another, in order."""

    def each(self, act: Callable[[T], R], items: Iterable[T]) -> list[R]:
        return list(map(act, items))
