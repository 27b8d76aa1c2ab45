"""Several things at once, in threads of this process."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: Jobs that a tick looks at side by side. With every call at 200 ms and a tenth throttled three times, two
#: are too few for 100 jobs and eight look at all of them each minute (docs/adr/0025); more would only press
#: harder on a service that throttles. A boto3 client keeps ten connections.
SIDE_BY_SIDE: Final = 8


class Threads:
    """Workers in threads, which end with the work: none outlives a tick.

    Args:
        most: Most threads at once.
    """

    def __init__(self, most: int = SIDE_BY_SIDE) -> None:
        self._most = most

    def each(self, act: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """What `act` says of each item; see Workers.each."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most ticks find nothing to do

        wanted = list(items)
        if len(wanted) < 2:
            return list(map(act, wanted))
        with ThreadPoolExecutor(min(self._most, len(wanted))) as pool:
            return list(pool.map(act, wanted))
