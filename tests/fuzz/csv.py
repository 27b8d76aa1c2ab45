"""Gives the readers of metric files what nobody should write, and holds what must always hold.

Each input goes through the training reader, whole and cut, and one of the others: for validation, manifests,
labels and `replay`. What it finds is kept as a test beside it.
"""

from functools import partial
from random import Random

import numpy as np

from finetune_guard.core.labels import read_labels
from finetune_guard.core.metrics.bedrock_csv import ReadMetrics, read_training, read_validation
from finetune_guard.core.metrics.columns import LossKind
from finetune_guard.core.metrics.files import read_manifest
from finetune_guard.core.metrics.rows import MOST_STEPS
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.table import Columns, Table, read_table
from tests.fuzz.csv_documents import document, large
from tests.fuzz.holding import Document, a_series, as_meant, judged, value_or_error
from tests.fuzz.reading import JUDGED, LARGEST, Reader, read_all


def examine(given: Document, random: Random) -> None:
    """Reads one file in every way.

    Raises:
        AssertionError: Something that must always hold did not.
    """
    read = read_training(given.data, complete=True)
    _sums_up(read)
    a_series(read.series)
    _prefix_of_the_whole(given.data, random.randrange(len(given.data) + 1))
    if given.meant is not None:
        as_meant(read.series, given.meant)
    random.choice(OTHERS)(given.data)
    if random.random() < 1 / JUDGED:
        judged(given.data)


def _examine_large(random: Random, size: int) -> None:
    data = large(random, size)
    _sums_up(read_training(data, complete=False))
    read_manifest(data)


def _sums_up(read: ReadMetrics) -> None:
    """Every row is a point or is accounted for."""
    told = read.blank + read.rejected + read.duplicates + read.merged + read.superseded
    assert read.rows == len(read.series) + told, f"{read.rows} rows, {len(read.series)} points, {told} others"
    assert all(len(remark) < 1000 for remark in read.remarks()), "a remark is too long to be told"


def _prefix_of_the_whole(data: bytes, end: int) -> None:
    """What a growing file shows is what the whole file begins with, so no cut number is ever a value."""
    whole = read_table(data, LossKind.TRAINING, complete=True)
    part = read_table(data[:end], LossKind.TRAINING, complete=False)
    if not part.known:
        assert not _length(part.columns)
        return
    assert part.header == whole.header, "a cut file has another header"
    _begins_with(whole, part)


def _begins_with(whole: Table, part: Table) -> None:
    rows = _length(part.columns)
    for quantity, column in part.columns.items():
        begins = whole.columns[quantity][:rows]
        assert np.array_equal(begins, column, equal_nan=True), f"{quantity}: a cut file shows other values"
    for quantity in whole.columns.keys() - part.columns.keys():
        assert np.isnan(whole.columns[quantity][:rows]).all(), f"{quantity} was not seen before"


def _length(columns: Columns) -> int:
    return len(next(iter(columns.values())))


def _validation(data: bytes) -> None:
    _sums_up(read_validation(data, complete=False))


def _manifest(data: bytes) -> None:
    counts = read_manifest(data).counts
    assert counts is None or all(
        0 <= value < MOST_STEPS * 10**6 for value in (counts.accepted, counts.rejected)
    )


def _replayed(data: bytes) -> None:
    value_or_error(lambda: read_curve("log", data))


def _labels(data: bytes) -> None:
    value_or_error(lambda: read_labels("labels", data))


#: The readers beside it, one for each input.
OTHERS = (_validation, _manifest, _replayed, _labels)


#: The process may grow by many times a large one: reading it takes as much.
READER = Reader("CSV files", 14 * LARGEST[1], document, examine, _examine_large)
run = partial(read_all, READER)
