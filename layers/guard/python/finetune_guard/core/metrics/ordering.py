"""Rows in file order into one curve: unordered rows, rows written twice, several rows a step, restarts.

What the rows of a file mean is told by their order, in this sequence (ADR "reading a metric file"):

1. **Key.** A row is named by its step; where the step is counted anew in every epoch, by (epoch, step).
2. **The same row again** (key and loss): the copies are dropped.
3. **A row that goes back**, below the largest key of the curve so far, to a key the curve already has with
   another loss: training took up again from there. It begins a new attempt, and every earlier row from its
   key on is history, counted and not judged. After a resume from a checkpoint the rows before it stay.
   (TensorBoard purges events after a restart by the same rule.)
4. **Several losses for one key in one attempt**: some families write a row an iteration, and AWS's own
   notebooks take the mean of a step's rows; so do we. A mean with one NaN is NaN: nothing non-finite is
   hidden.
5. **Rows merely out of order** are sorted.

So "of two losses for a step the later counts" (fault row 45) holds for a step trained again,
and the mean for a step logged in pieces. Any permutation of rows whose keys do not conflict gives the same
curve (row 46). With conflicts, order is what tells a restart from a shuffle: a file that falls at more than
a quarter of its rows is shuffled (a random order falls at half of them), has no attempts, and again gives
the same curve in any such order.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune_guard.core.metrics.columns import Quantity
from finetune_guard.core.metrics.series import Floats, Integers, MetricSeries

_OPTIONAL = (
    Quantity.TIME,
    Quantity.LEARNING_RATE,
    Quantity.GRAD_NORM,
    Quantity.STEP_TIME,
    Quantity.MEMORY,
)


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """A curve, and what was done to get it.

    Attributes:
        series: The curve of the last attempt.
        duplicates: Rows dropped since the same row is there again.
        merged: Rows that went into the mean of their step, beyond the first of each step.
        attempts: 1, or more where training took up again; 0 without rows.
        superseded: Rows of earlier attempts that a later one replaced.
        renumbered: Whether steps were counted anew in each epoch and are now counted on.
    """

    series: MetricSeries
    duplicates: int = 0
    merged: int = 0
    attempts: int = 1
    superseded: int = 0
    renumbered: bool = False


def order_rows(columns: Mapping[Quantity, Floats]) -> Ordered:
    """Makes the curve of rows in file order.

    Args:
        columns: Equally long arrays, step, epoch and loss always; steps are whole numbers from 0 below 10^11,
            epochs finite or NaN, the loss anything.
    """
    step = columns[Quantity.STEP]
    if not len(step):
        return Ordered(MetricSeries.empty(), attempts=0)
    if np.all(step[1:] > step[:-1]):
        return Ordered(_series(columns, step.astype(np.int64), columns[Quantity.LOSS]))
    by_epoch = _counted_in_epochs(step, columns[Quantity.EPOCH])
    keys = _ranks(step, columns[Quantity.EPOCH] if by_epoch else np.zeros_like(step))
    rows = _without_copies(keys, columns[Quantity.LOSS])
    current, attempts = _last_attempt(keys[rows])
    last, loss = _means(keys, columns[Quantity.LOSS], rows[current])
    kept = {quantity: column[last] for quantity, column in columns.items()}
    counted_on = _counted_on(kept[Quantity.STEP], kept[Quantity.EPOCH])
    return Ordered(
        series=_series(kept, counted_on, loss),
        duplicates=len(step) - len(rows),
        merged=int(current.sum()) - len(last),
        attempts=attempts,
        superseded=len(rows) - int(current.sum()),
        renumbered=bool(np.any(counted_on != kept[Quantity.STEP])),
    )


def _series(columns: Mapping[Quantity, Floats], step: Integers, loss: Floats) -> MetricSeries:
    optional = {
        quantity.value: column
        for quantity, column in columns.items()
        if quantity in _OPTIONAL and not np.isnan(column).all()
    }
    return MetricSeries(step, columns[Quantity.EPOCH], loss, **optional)


def _counted_in_epochs(step: Floats, epoch: Floats) -> bool:
    """Whether every epoch begins again below the last step of the one before it.

    Steps counted through the run never do, in whatever order the rows come and however often it is restarted.
    One step an epoch, always the same, counts as well: so a file with one evaluation an epoch may look.
    """
    if not np.all(epoch == np.floor(epoch)):
        return False
    order = np.lexsort((step, epoch))
    border = np.flatnonzero(np.diff(epoch[order]) > 0)
    if not len(border):
        return False
    first = step[order][np.concatenate(([0], border + 1))]
    last = step[order][np.concatenate((border, [len(step) - 1]))]
    again = first[1:] < last[:-1]
    single = (first[1:] == last[:-1]) & (first[:-1] == last[:-1])
    return bool(np.all(again | single))


def _ranks(step: Floats, epoch: Floats) -> Integers:
    """The place of each row's (epoch, step) among all that occur, from 0."""
    order = np.lexsort((step, epoch))
    new = np.zeros(len(step), dtype=np.int64)
    new[1:] = (np.diff(step[order]) != 0) | (np.diff(epoch[order]) != 0)
    ranks = np.empty(len(step), dtype=np.int64)
    ranks[order] = np.cumsum(new)
    return ranks


def _without_copies(keys: Integers, loss: Floats) -> Integers:
    """Rows to keep, in file order: of equal ones the last, so that no row of a later attempt is lost."""
    order = np.lexsort((loss, keys))
    a, b = order[:-1], order[1:]
    same_loss = (loss[a] == loss[b]) | (np.isnan(loss[a]) & np.isnan(loss[b]))
    copy_follows = (keys[a] == keys[b]) & same_loss
    return np.sort(order[np.append(~copy_follows, True)])


def _last_attempt(keys: Integers) -> tuple[NDArray[np.bool_], int]:
    """Which rows, in file order, belong to the last attempt's curve, and how many attempts there were."""
    falls = int(np.sum(np.diff(keys) < 0))
    if falls == 0 or falls > max(1, len(keys) // 4):
        return np.ones(len(keys), dtype=np.bool_), 1
    begin_keys, begin_rows, attempts = _beginnings(keys.tolist())
    if attempts == 1:
        return np.ones(len(keys), dtype=np.bool_), 1
    nearest = np.searchsorted(begin_keys, keys, side="right")
    replaced_before = np.concatenate(([0], begin_rows))[nearest]
    return np.arange(len(keys)) >= replaced_before, attempts


def _beginnings(keys: list[int]) -> tuple[list[int], list[int], int]:
    """Where later attempts begin: keys, rising, and rows, rising; and the number of attempts.

    A beginning that a later attempt went back behind no longer matters and is left out, though counted.
    """
    begin_keys: list[int] = []
    begin_rows: list[int] = []
    last_row: dict[int, int] = {}
    largest, attempts = -1, 1
    for row, key in enumerate(keys):
        nearest = bisect_right(begin_keys, key)
        replaced_before = begin_rows[nearest - 1] if nearest else 0
        if key < largest and last_row.get(key, -1) >= replaced_before:
            behind = bisect_left(begin_keys, key)
            begin_keys[behind:], begin_rows[behind:] = [key], [row]
            largest, attempts = key, attempts + 1
        largest = max(largest, key)
        last_row[key] = row
    return begin_keys, begin_rows, attempts


def _means(keys: Integers, loss: Floats, rows: Integers) -> tuple[Integers, Floats]:
    """For each key, rising: the last of its rows, and the mean loss of all of them, whatever their order."""
    in_order = rows[np.lexsort((loss[rows], keys[rows]))]
    starts = np.flatnonzero(np.diff(keys[in_order], prepend=-1))
    counts = np.diff(starts, append=len(in_order))
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf is NaN, and that is the answer
        means = np.add.reduceat(loss[in_order], starts) / counts
    return np.maximum.reduceat(in_order, starts), means


def _counted_on(step: Floats, epoch: Floats) -> Integers:
    """Steps that strictly increase: as they are, or counted on through the epochs where each begins anew."""
    if np.all(np.diff(step) > 0):
        return step.astype(np.int64)
    border = np.flatnonzero(np.diff(epoch) > 0)
    lengths = step[border].astype(np.int64) - int(step.min()) + 1
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    return step.astype(np.int64) + offsets[np.searchsorted(border, np.arange(len(step)), side="left")]
