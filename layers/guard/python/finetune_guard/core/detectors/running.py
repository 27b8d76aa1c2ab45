"""Running medians over the last rows, causal and vectorised, in bounded memory."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from finetune_guard.core.metrics.series import Floats

#: Rows handled at a time, so that a curve of a million rows does not need a million windows at once.
CHUNK = 65_536


def running_median(values: Floats, width: int) -> Floats:
    """Median of the last `width` values at each row; of all there are at the first rows.

    Args:
        values: shape (n,), finite.
        width: At least 1.
    """
    head = min(width - 1, len(values))
    out = np.empty(len(values))
    for row in range(head):
        # The first rows are the median of as many values as there are; sorting so few is the fastest way.
        some = sorted(values[: row + 1].tolist())
        out[row] = (some[row // 2] + some[(row + 1) // 2]) / 2.0
    out[head:] = _medians(values, width)
    return out


def running_median_of_share(values: Floats, share: int, least: int, most: int) -> Floats:
    """Running median over a `share`-th of the rows so far, at least `least` and at most `most` wide."""
    out = running_median(values[: share * (least + 1)], least)
    parts = [out]
    done = len(out)
    for width in range(least + 1, most + 1):
        stop = len(values) if width == most else min(share * (width + 1), len(values))
        if stop > done:
            parts.append(_medians(values[done - width + 1 : stop], width))
            done = stop
    return np.concatenate(parts)


def _medians(values: Floats, width: int) -> Floats:
    """Median of every full window, a chunk at a time."""
    count = max(len(values) - width + 1, 0)
    out = np.empty(count)
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        out[start:stop] = _medians_of_chunk(values[start : stop + width - 1], width)
    return out


def _medians_of_chunk(values: Floats, width: int) -> Floats:
    windows = sliding_window_view(values, width)
    middle = width // 2
    if width == 3:
        low, high = np.minimum(values[:-2], values[1:-1]), np.maximum(values[:-2], values[1:-1])
        return np.maximum(low, np.minimum(high, values[2:]))
    if width % 2:
        return np.partition(windows, middle, axis=1)[:, middle]
    parted = np.partition(windows, (middle - 1, middle), axis=1)
    return (parted[:, middle - 1] + parted[:, middle]) / 2.0
