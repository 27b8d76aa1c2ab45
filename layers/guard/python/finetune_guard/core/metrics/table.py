"""A delimited file of metrics into columns of numbers, in file order, with what was wrong in it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finetune_guard.core.metrics.clean_rows import read_clean
from finetune_guard.core.metrics.columns import Layout, LossKind, Quantity, read_header
from finetune_guard.core.metrics.lines import Block, blocks
from finetune_guard.core.metrics.rows import Blank, Reason, Row, read_row
from finetune_guard.core.metrics.series import Floats

Columns = Mapping[Quantity, Floats]

#: Lines in which a header is looked for; some tools write a remark above it.
_HEADER_WITHIN = 20
_ALWAYS = (Quantity.STEP, Quantity.EPOCH, Quantity.LOSS)
_MAY_BE_HEADER = re.compile(rb"step|iter", re.IGNORECASE)
#: Further header lines that are looked for below the first, and bytes of one. A header costs a hundred times
#: what a row costs, and a file of nothing else would keep the watch from every other job.
_MOST_HEADERS, _LONGEST_HEADER = 1_000, 4_096


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows that were rejected for one reason.

    Attributes:
        reason: Which.
        rows: How many.
        first_row: The first of them, counted from 1 after the header, blank lines left out.
    """

    reason: Reason
    rows: int
    first_row: int


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rows of a file that could be read, in file order.

    Attributes:
        columns: One array a quantity, equally long; step, epoch and loss are always there.
        header: Names of the header line; the first line's where no line is a header; () before there is one.
        known: Whether a header with a step and a loss was found. Without one nothing is read.
        rows: Rows below the header, with rejected and blank ones.
        blank: Rows without a loss.
        repeated_headers: Further header lines below the first, as a restarted writer leaves them.
        rejections: What was rejected, most rows first.
        tail_dropped: Whether an unterminated last line was left out.
    """

    columns: Columns
    header: tuple[str, ...]
    known: bool
    rows: int
    blank: int
    repeated_headers: int
    rejections: tuple[Rejection, ...]
    tail_dropped: bool


def read_table(data: bytes, loss: LossKind, *, complete: bool) -> Table:
    """Reads any delimited text that has a header with a step and a loss.

    Args:
        data: The file, or what there is of it.
        loss: Which loss column is looked for.
        complete: Whether the file is finished. If not, a last line without a line end may be half written:
            "1,0." reads as a loss of 0 (fault row 41), so it is left out.
    """
    # The shortest row is "0,0" and a line end. What is reserved for rows that never come is never touched.
    line_ends = data.count(b"\n") + data.count(b"\r")
    reader = _TableReader(loss, most_rows=min(line_ends, len(data) // 4) + 1)
    for block in blocks(data):
        if not block.terminated and not complete:
            reader.tail_dropped = True
        elif not reader.hopeless:
            reader.feed(block)
    return reader.table()


class _TableReader:
    """Gathers blocks; the header it is under may change on the way."""

    def __init__(self, loss: LossKind, most_rows: int) -> None:
        self.tail_dropped = False
        self._loss = loss
        self._most_rows = most_rows
        self._layout: Layout | None = None
        self._header: tuple[str, ...] = ()
        self._lines_without_header = self._headers_tried = 0
        self._rows = self._blank = self._repeated_headers = 0
        self._rejections: dict[Reason, Rejection] = {}
        self._kept = 0
        self._columns = {quantity: np.empty(most_rows) for quantity in _ALWAYS}

    @property
    def hopeless(self) -> bool:
        return self._layout is None and self._lines_without_header >= _HEADER_WITHIN

    def feed(self, block: Block) -> None:
        text = block.text if self._layout else self._below_header(block.text)
        if self._layout is None or not text:
            return
        clean = read_clean(text, self._layout) if block.terminated else None
        if clean is None:
            self._read_lines(text, self._layout, block.terminated)
        else:
            self._rows += len(clean)
            self._keep(clean, self._layout)

    def _below_header(self, text: bytes) -> bytes:
        """Looks for the header and returns what follows it."""
        while not self.hopeless and (text := _without_blank_lines(text)):
            line, _, text = text.partition(b"\n")
            layout = read_header(line, self._loss)
            self._header = self._header or layout.names or (line[:40].decode(errors="replace"),)
            if layout.known:
                self._layout, self._header = layout, layout.names
                return text
            self._lines_without_header += 1
        return b""

    def _read_lines(self, text: bytes, layout: Layout, terminated: bool) -> None:
        pending: list[Row] = []
        for line in text.split(b"\n"):
            if not line.strip():
                continue
            outcome = _read_line(line, layout, terminated)
            again = self._header_again(line) if isinstance(outcome, Reason) else None
            if again:
                self._keep(pending, layout)
                self._layout = layout = again
                self._repeated_headers += 1
                pending = []
                continue
            self._rows += 1
            if isinstance(outcome, Reason):
                self._reject(outcome)
            elif isinstance(outcome, Blank):
                self._blank += 1
            else:
                pending.append(outcome)
        self._keep(pending, layout)

    def _header_again(self, line: bytes) -> Layout | None:
        """The layout of a line that is no row but another header; of very many such lines the first count."""
        if len(line) > _LONGEST_HEADER or self._headers_tried == _MOST_HEADERS:
            return None
        if not _MAY_BE_HEADER.search(line):
            return None
        self._headers_tried += 1
        again = read_header(line, self._loss)
        return again if again.known else None

    def _reject(self, reason: Reason) -> None:
        so_far = self._rejections.get(reason, Rejection(reason, 0, self._rows))
        self._rejections[reason] = Rejection(reason, so_far.rows + 1, so_far.first_row)

    def _keep(self, rows: Floats | list[Row], layout: Layout) -> None:
        if not len(rows):
            return
        start, self._kept = self._kept, self._kept + len(rows)
        for quantity in layout.places.keys() - self._columns.keys():
            self._columns[quantity] = np.empty(self._most_rows)
            self._columns[quantity][:start] = np.nan
        values = dict(zip(layout.places, np.asarray(rows, dtype=np.float64).T, strict=True))
        for quantity, column in self._columns.items():
            column[start : self._kept] = values.get(quantity, np.nan)
        if Quantity.MEMORY in values:
            with np.errstate(over="ignore"):  # what is too large for bytes is infinite
                self._columns[Quantity.MEMORY][start : self._kept] *= layout.unit(Quantity.MEMORY)

    def table(self) -> Table:
        """What was gathered."""
        return Table(
            columns={quantity: column[: self._kept] for quantity, column in self._columns.items()},
            header=self._header,
            known=self._layout is not None,
            rows=self._rows,
            blank=self._blank,
            repeated_headers=self._repeated_headers,
            rejections=tuple(sorted(self._rejections.values(), key=lambda found: -found.rows)),
            tail_dropped=self.tail_dropped,
        )


def _without_blank_lines(text: bytes) -> bytes:
    """What begins with the first line that is not blank."""
    first = len(text) - len(text.lstrip())
    return text[text.rfind(b"\n", 0, first) + 1 :] if first < len(text) else b""


def _read_line(line: bytes, layout: Layout, terminated: bool) -> Row | Reason | Blank:
    outcome = read_row(line, layout)
    if not isinstance(outcome, Reason) and not terminated and line.rstrip().endswith(b"."):
        return Reason.CUT
    return outcome
