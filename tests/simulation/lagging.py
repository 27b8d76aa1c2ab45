"""A table whose index lags behind: each record shows there a while after it was written."""

from datetime import datetime, timedelta
from zlib import crc32

from tests.fakes.clock import FakeClock
from tests.fakes.seam import Seam
from tests.fakes.store import FakeRunStore, Key, Row, Rows

#: Longest lag. What is known of real ones is well below a second; a bad night may be worse.
LONGEST_LAG = timedelta(seconds=90)
#: One write in so many is late in the index.
ONE_IN = 4

#: What the index still shows of a record, and until when; None where it shows none.
Behind = dict[Key, tuple[Row | None, datetime]]


class LaggingStore(FakeRunStore):
    """A FakeRunStore with an index of its own pace.

    Args:
        seam: The world's.
        clock: The true time.
        seed: Chooses which writes are late.
        rows: What is stored, shared by all writers.
        writer: Names this process.
        behind: What the index shows, shared by all writers.
    """

    def __init__(
        self,
        seam: Seam,
        clock: FakeClock,
        seed: int,
        rows: Rows | None = None,
        writer: str = "first",
        behind: Behind | None = None,
    ) -> None:
        super().__init__(seam, rows, writer)
        self._clock = clock
        self._seed = seed
        self._behind: Behind = {} if behind is None else behind

    def another_writer(self, name: str = "second") -> "LaggingStore":
        return LaggingStore(self.seam, self._clock, self._seed, self.rows, name, self._behind)

    def _put(self, key: Key, text: str, expected: int) -> bool:
        before = self.rows.get(key)
        put = super()._put(key, text, expected)
        if self.rows.get(key) is not before:
            self._fall_behind(key, before)
        return put

    def _fall_behind(self, key: Key, before: Row | None) -> None:
        drawn = crc32(f"{self._seed} {key} {before.version if before else 0}".encode())
        if drawn % ONE_IN or key in self._behind:
            return
        lag = LONGEST_LAG * (drawn // ONE_IN % 1000 / 1000)
        self._behind[key] = (before, self._clock.now() + lag)

    @property
    def _seen(self) -> Rows:
        now = self._clock.now()
        for key in [key for key, (_, until) in self._behind.items() if until <= now]:
            del self._behind[key]
        if not self._behind:
            return self.rows
        seen = dict(self.rows)
        for key, (row, _) in self._behind.items():
            if row is None:
                seen.pop(key, None)
            else:
                seen[key] = row
        return seen
