"""What AWS would count of a call: units of the table, requests to S3, by what the adapters really do."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import ceil

from finetune_guard.aws.dynamo_rows import Row
from finetune_guard.aws.dynamo_table import DynamoTable

#: A write unit is a kilobyte, a read unit four (DynamoDB guide, "Read and write operations").
WRITE_UNIT, READ_UNIT = 1024, 4096
EVENTUAL = 0.5

#: Port call → requests to S3, those that are priced as PUT and LIST, and those priced as GET. Deletes and
#: aborts are free; test_metering.py compares with the calls of the real adapters.
S3_REQUESTS: Mapping[str, tuple[int, int]] = {
    "metrics.files": (1, 0),
    "metrics.read": (0, 1),
    "journal.keep": (1, 0),
    "journal.read": (0, 1),
    "datasets.facts": (0, 1),
    "datasets.chunks": (0, 2),
    "datasets.write": (1, 1),
    "datasets.writable": (1, 0),
    "buckets.facts": (0, 1),
}


@dataclass
class Meter:
    """Units by kind and caller; a call that nobody is named for is nobody's."""

    units: Counter[tuple[str, str]] = field(default_factory=Counter)
    caller: str = ""

    @contextmanager
    def by(self, caller: str) -> Iterator[None]:
        """What is counted within is the caller's."""
        before, self.caller = self.caller, caller
        try:
            yield
        finally:
            self.caller = before

    def count(self, kind: str, units: float) -> None:
        self.units[(self.caller, kind)] += units  # type: ignore[assignment]

    def of(self, kind: str) -> float:
        """Units of a kind, whoever used them."""
        return sum(units for (_, what), units in self.units.items() if what == kind)


class MeteredTable(DynamoTable):
    """The table in memory, with DynamoDB's own counting of units.

    A write is counted in the table and in the index: one where the entry comes, goes or stays in its place,
    two where its key changes (DynamoDB guide, "Using global secondary indexes", write operations).
    """

    def __init__(self, meter: Meter, writer: str = "one") -> None:
        self._meter, self._writer = meter, writer
        self._rows: dict[tuple[str, str], Row] = {}

    def put(self, row: Row, expected: int) -> Row | None:
        mine = replace(row, writer=self._mark(row.record))
        stored = self._rows.get((row.pk, row.sk))
        if (stored.version if stored else 0) != expected:
            self._counted("write", _kilobytes(stored or mine))
            return None if stored and stored.writer == mine.writer else stored or replace(row, version=0)
        self._write(mine, stored)
        return None

    def overwrite(self, row: Row) -> None:
        self._write(row, self._rows.get((row.pk, row.sk)))

    def get(self, pk: str, sk: str) -> Row | None:
        found = self._rows.get((pk, sk))
        self._read([found] if found else [], 1)
        return found

    def between(self, pk: str, first_sk: str, last_sk: str) -> Iterator[Row]:
        found = [row for row in self._rows.values() if row.pk == pk and first_sk <= row.sk <= last_sk]
        self._read(found, 1)
        yield from sorted(found, key=lambda row: row.sk)

    def due(self, due_pk: str, *, newest_first: bool = False) -> Iterator[Row]:
        found = [row for row in self._rows.values() if row.due_pk == due_pk]
        self._read(found, EVENTUAL)
        yield from sorted(found, key=lambda row: row.due_sk, reverse=newest_first)

    def _write(self, row: Row, stored: Row | None) -> None:
        self._counted("write", max(_kilobytes(row), _kilobytes(stored)) + _of_index(row, stored))
        self._rows[(row.pk, row.sk)] = row

    def _read(self, rows: list[Row], share: float) -> None:
        self._counted("read", share * max(1, ceil(sum(map(size, rows)) / READ_UNIT)))

    def _counted(self, kind: str, units: float) -> None:
        self._meter.count(kind, units)
        self._meter.count("call", 1)


def size(row: Row) -> int:
    """Bytes of an item: its names and its values."""
    texts = {"pk": row.pk, "sk": row.sk, "record": row.record, "version": f"{row.version:>3}"}
    due = {"due_pk": row.due_pk, "due_sk": row.due_sk} if row.due_pk else {}
    return sum(
        len(name) + len(value.encode()) for name, value in {**texts, **due, "writer": row.writer}.items()
    )


def _kilobytes(row: Row | None) -> int:
    return ceil(size(row) / WRITE_UNIT) if row else 0


def _of_index(row: Row, stored: Row | None) -> int:
    before = stored if stored and stored.due_pk else None
    after = row if row.due_pk else None
    if before and after and (before.due_pk, before.due_sk) == (after.due_pk, after.due_sk):
        return max(_kilobytes(before), _kilobytes(after))
    return _kilobytes(before) + _kilobytes(after)
