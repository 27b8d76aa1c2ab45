"""Running medians over the last rows, sums and counts so far: causal, vectorised, in bounded memory."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from finetune_guard.core.detectors.base import Flags
from finetune_guard.core.metrics.series import Floats, Integers

#: Rows handled at a time, so that a curve of a million rows does not need a million windows at once.
CHUNK = 65_536


def running_sums(values: Floats) -> Floats:
    """Sum of the values before each row, and of all; shape (n + 1,). Of a span it is a difference."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def running_counts(flags: Flags) -> Integers:
    """How many flags are set before each row, and in all; shape (n + 1,)."""
    counts = np.zeros(len(flags) + 1, dtype=np.int64)
    np.cumsum(flags, out=counts[1:])
    return counts


def running_median(values: Floats, width: int, stride: int = 1) -> Floats:
    """Median of the last `width` values at each row; of all there are at the first rows.

    Args:
        values: shape (n,), finite.
        width: At least 1.
        stride: Looks at every so many-th value only, counted back from the row.
    """
    head = min((width - 1) * stride, len(values))
    out = np.empty(len(values))
    out[:head] = _medians_so_far(values, np.arange(head) // stride + 1, stride)
    out[head:] = _medians(values, width, stride)
    return out


def running_median_of_share(values: Floats, share: int, least: int, most: int) -> Floats:
    """Running median over a `share`-th of the rows so far, at least `least` and at most `most` wide."""
    head = min(share * most, len(values))
    before = np.arange(head)
    widths = np.minimum(before + 1, np.clip(before // share, least, most))
    tail = _medians(values[max(head - most + 1, 0) :], most, 1) if head < len(values) else values[:0]
    return np.concatenate([_medians_so_far(values, widths, 1), tail])


def _medians_so_far(values: Floats, widths: Integers, stride: int) -> Floats:
    """Median at each of the first rows, each over a width of its own, none wider than there are values."""
    if len(widths) == 0:
        return values[:0]
    rows, back = np.arange(len(widths)), np.arange(int(widths.max()))
    windows = values[rows[:, np.newaxis] - stride * back]
    # What lies beyond a row's own width sorts behind all of it.
    windows[back >= widths[:, np.newaxis]] = np.inf
    windows.sort(axis=1)
    medians: Floats = (windows[rows, (widths - 1) // 2] + windows[rows, widths // 2]) / 2.0
    return medians


def _medians(values: Floats, width: int, stride: int) -> Floats:
    """Median of every full window, a chunk at a time."""
    reach = (width - 1) * stride
    count = max(len(values) - reach, 0)
    out = np.empty(count)
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        out[start:stop] = _medians_of_chunk(values[start : stop + reach], width, stride)
    return out


def _medians_of_chunk(values: Floats, width: int, stride: int) -> Floats:
    middle = width // 2
    if width == 3 and stride == 1:
        low, high = np.minimum(values[:-2], values[1:-1]), np.maximum(values[:-2], values[1:-1])
        return np.maximum(low, np.minimum(high, values[2:]))
    step = values.strides[0]
    shape = (len(values) - (width - 1) * stride, width)
    # Not sliding_window_view, which takes longer to check its arguments than a short curve takes to sort.
    windows = as_strided(values, shape, (step, stride * step), writeable=False)
    if width % 2:
        return np.partition(windows, middle, axis=1)[:, middle]
    parted = np.partition(windows, (middle - 1, middle), axis=1)
    return (parted[:, middle - 1] + parted[:, middle]) / 2.0
