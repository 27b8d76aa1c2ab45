"""Gives the readers of metric files what nobody should write, and holds what must always hold.

Each input goes through the training reader, whole and cut, and one of the others: for validation, manifests,
labels and `replay`. What it finds is kept as a test beside it.
"""

import math
from collections.abc import Callable
from functools import partial
from random import Random

import numpy as np

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.judging import judge as judge_curve
from finetune_guard.core.labels import read_labels
from finetune_guard.core.metrics.bedrock_csv import ReadMetrics, read_training, read_validation
from finetune_guard.core.metrics.columns import LossKind
from finetune_guard.core.metrics.files import read_manifest
from finetune_guard.core.metrics.rows import MOST_STEPS
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import MetricSeries
from finetune_guard.core.metrics.table import Columns, Table, read_table
from finetune_guard.core.thresholds import pack_for
from finetune_guard.core.verdict import Evidence
from tests.fuzz.csv_documents import Document, Meant, document, large
from tests.fuzz.watching import Watching

#: Of so many inputs one is judged as well, and of so many more one is large.
JUDGED, LARGE = 50, 10_000
#: Bytes of a large one, at least and at most.
LARGEST = (10 << 20, 30 << 20)
#: Seconds of the processor that an input may take, and that each of its megabytes may.
DEADLINE, SECONDS_A_MEGABYTE = 1.0, 3.0
#: Bytes by which the process may grow over any number of inputs: many times a large one, as reading it takes.
GROWTH = 14 * LARGEST[1]

Check = Callable[[Document, Random], None]


def run(count: int, seed: int, check: Check | None = None, every_large: int = LARGE) -> int:
    """Reads so many generated files; prints what came of it, returns 1 where something did not hold.

    Args:
        count: How many.
        seed: Which ones; the same are the same.
        check: In place of `examine`.
        every_large: One of so many is large.
    """
    watching = Watching("CSV files", seed, GROWTH)
    for number in range(count):
        random = Random(f"{seed}/{number}")
        if number % every_large == every_large - 1:
            size = random.randint(*LARGEST)
            deadline = DEADLINE + SECONDS_A_MEGABYTE * size / 1e6
            watching.one(number, partial(_examine_large, random, size), deadline)
        else:
            watching.one(number, partial(_examine_one, check or examine, random), DEADLINE)
        if watching.lost:
            break
    return watching.told()


def generated(number: int, seed: int) -> Document:
    """The file of that number; the same each time."""
    return document(Random(f"{seed}/{number}"))


def _examine_one(check: Check, random: Random) -> None:
    check(document(random), random)


def examine(given: Document, random: Random) -> None:
    """Reads one file in every way.

    Raises:
        AssertionError: Something that must always hold did not.
    """
    read = read_training(given.data, complete=True)
    _sums_up(read)
    _is_a_series(read.series)
    _prefix_of_the_whole(given.data, random.randrange(len(given.data) + 1))
    if given.meant is not None:
        _as_meant(read.series, given.meant)
    random.choice(OTHERS)(given.data)
    if random.random() < 1 / JUDGED:
        _judged(given.data)


def _examine_large(random: Random, size: int) -> None:
    data = large(random, size)
    _sums_up(read_training(data, complete=False))
    read_manifest(data)


def _sums_up(read: ReadMetrics) -> None:
    """Every row is a point or is accounted for."""
    told = read.blank + read.rejected + read.duplicates + read.merged + read.superseded
    assert read.rows == len(read.series) + told, f"{read.rows} rows, {len(read.series)} points, {told} others"
    assert all(len(remark) < 1000 for remark in read.remarks()), "a remark is too long to be told"


def _is_a_series(series: MetricSeries) -> None:
    assert series.step.dtype == np.int64
    assert np.all(np.diff(series.step) > 0), "steps do not rise"
    assert not len(series) or series.step[0] >= 0
    assert not np.isinf(series.epoch).any(), "an epoch is infinite"
    for values in (series.epoch, series.loss):
        assert len(values) == len(series)


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


def _as_meant(series: MetricSeries, meant: tuple[Meant, ...]) -> None:
    """In whatever order, encoding and spelling it was written, the curve is what the writer meant."""
    assert series.step.tolist() == [step for step, _ in meant], "not the steps that were written"
    for found, (step, spelled) in zip(series.loss.tolist(), meant, strict=True):
        expected = float(spelled)
        same = found == expected or (math.isnan(found) and math.isnan(expected))
        assert same, f"the loss of step {step} was written as {spelled} and read as {found!r}"


def _validation(data: bytes) -> None:
    _sums_up(read_validation(data, complete=False))


def _manifest(data: bytes) -> None:
    counts = read_manifest(data).counts
    assert counts is None or all(
        0 <= value < MOST_STEPS * 10**6 for value in (counts.accepted, counts.rejected)
    )


def _replayed(data: bytes) -> None:
    _value_or_error(lambda: read_curve("log", data))


def _labels(data: bytes) -> None:
    _value_or_error(lambda: read_labels("labels", data))


def _value_or_error(read: Callable[[], object]) -> None:
    try:
        read()
    except InvalidInputError as exc:
        assert len(str(exc)) < 2000, "an error is too long to be told"


#: The readers beside it, one for each input.
OTHERS = (_validation, _manifest, _replayed, _labels)


def _judged(data: bytes) -> None:
    try:
        curve = read_curve("log", data)
    except InvalidInputError:
        return
    assert judge_curve(curve, pack_for("nova"), Evidence.CURVE_AT_COMPLETION).reason
