"""Bedrock's step_wise_training_metrics.csv and validation_metrics.csv into curves.

What is documented and what the real files hold differ, so nothing but names is trusted (docs/bedrock.md, 2);
the faults that are read through are rows 41 to 49 of the fault table (tests/faults). Whatever was wrong is a
value beside the curve: a file that cannot be read is no error, and a job with one is never called healthy.
"""

from dataclasses import dataclass
from enum import StrEnum

from finetune_guard.core.metrics.columns import LossKind
from finetune_guard.core.metrics.ordering import order_rows
from finetune_guard.core.metrics.series import MetricSeries
from finetune_guard.core.metrics.table import Rejection, Table, read_table


class Schema(StrEnum):
    """Whether the columns are understood."""

    NOT_THERE_YET = "not there yet"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class ReadMetrics:
    """A curve read from a file, and everything that was not plain about the file.

    Every row is one of: a point, blank, rejected, a duplicate, merged, superseded.

    Attributes:
        series: The curve; empty where the schema is not known.
        schema: Whether the columns are understood.
        header: The header's names, or the first line's where it is no header.
        rows: Rows below the header.
        blank: Rows without a loss.
        rejections: Rejected rows by reason, most rows first.
        duplicates: Rows dropped since the same row is there again.
        merged: Rows beyond the first of a step that went into the mean of the step.
        attempts: How often training began, as the steps tell; 0 without rows.
        superseded: Rows of earlier attempts that a later one replaced.
        renumbered: Whether steps were counted anew in each epoch and are now counted on.
        repeated_headers: Header lines below the first.
        tail_dropped: Whether an unterminated last line was left out.
    """

    series: MetricSeries
    schema: Schema
    header: tuple[str, ...]
    rows: int
    blank: int
    rejections: tuple[Rejection, ...]
    duplicates: int
    merged: int
    attempts: int
    superseded: int
    renumbered: bool
    repeated_headers: int
    tail_dropped: bool

    @property
    def rejected(self) -> int:
        """Rejected rows, whatever the reason."""
        return sum(found.rows for found in self.rejections)

    def remarks(self) -> tuple[str, ...]:
        """A sentence for all that a reader of the curve should know of its file; none for a plain file."""
        told = [
            (self.schema is Schema.UNKNOWN, _unknown(self.header)),
            *((True, _rejected(found, self.rows)) for found in self.rejections),
            (self.merged > 0, f"{self.merged} further rows of a step that had one already: its mean counts."),
            (self.attempts > 1, _restarted(self.attempts, self.superseded)),
            (self.renumbered, "Steps begin anew in each epoch; they are counted on here."),
        ]
        return tuple(sentence for holds, sentence in told if holds)


def read_training(data: bytes, *, complete: bool) -> ReadMetrics:
    """The training curve of a step_wise_training_metrics.csv, or of other delimited text with step and loss.

    Args:
        data: The file as it is now.
        complete: Whether it will not grow; otherwise a last line without a line end is left out.

    Returns:
        The curve: non-finite losses kept, blank ones no points. As a growing file's steps increase, its
        curve only grows, but for the last point where a step's rows are not all there.
    """
    return _read(data, LossKind.TRAINING, complete)


def read_validation(data: bytes, *, complete: bool) -> ReadMetrics:
    """The validation curve of a validation_metrics.csv; otherwise as read_training."""
    return _read(data, LossKind.VALIDATION, complete)


def _read(data: bytes, kind: LossKind, complete: bool) -> ReadMetrics:
    table = read_table(data, kind, complete=complete)
    ordered = order_rows(table.columns)
    return ReadMetrics(
        series=ordered.series,
        schema=_schema(table),
        header=table.header,
        rows=table.rows,
        blank=table.blank,
        rejections=table.rejections,
        duplicates=ordered.duplicates,
        merged=ordered.merged,
        attempts=ordered.attempts,
        superseded=ordered.superseded,
        renumbered=ordered.renumbered,
        repeated_headers=table.repeated_headers,
        tail_dropped=table.tail_dropped,
    )


def _schema(table: Table) -> Schema:
    if table.known:
        return Schema.KNOWN
    return Schema.UNKNOWN if table.header else Schema.NOT_THERE_YET


def _unknown(header: tuple[str, ...]) -> str:
    shown = ", ".join(name[:40] for name in header[:12])
    return f"Its columns are not understood, since it needs a step and a loss and has: {shown}."


def _rejected(found: Rejection, rows: int) -> str:
    return f"{found.rows} of {rows} rows rejected, the first row {found.first_row}: {found.reason.value}."


def _restarted(attempts: int, superseded: int) -> str:
    return f"Training began {attempts} times; {superseded} rows of earlier attempts are not judged."
