"""Which rows of a long curve are worth drawing: the lowest and the highest of each stretch of steps."""

import numpy as np

from finetune_guard.core.metrics.series import Floats, Integers, MetricSeries


def kept_rows(series: MetricSeries, stretches: int) -> Integers:
    """Rows that look, drawn, as all rows do.

    Kept are the first and the last row and, of each stretch of steps, the lowest and the highest loss and the
    first and the last non-finite one. Two kept finite rows that follow each other have no non-finite row
    between them, so that a line may join them.

    Args:
        series: Any length; non-finite losses count as such.
        stretches: Equal parts that the steps are cut into; about the columns of the picture, at least 1.

    Returns:
        Row numbers, int64, ascending. All of them where there are at most two for each stretch.
    """
    rows = len(series)
    if rows <= 2 * stretches:
        return np.arange(rows)
    stretch = _stretch_of(series.step, stretches)
    finite = np.isfinite(series.loss)
    sound, broken = np.flatnonzero(finite), np.flatnonzero(~finite)
    by_loss = sound[np.lexsort((series.loss[sound], stretch[sound]))]
    ends = _first_and_last(by_loss, stretch), _first_and_last(broken, stretch), np.array([0, rows - 1])
    kept = np.unique(np.concatenate(ends))
    return np.union1d(kept, _next_of(broken, kept[finite[kept]]))


def _stretch_of(step: Integers, stretches: int) -> Integers:
    share: Floats = (step - step[0]) / (float(step[-1] - step[0]) + 1.0)
    return np.floor(share * stretches).astype(np.int64)


def _first_and_last(rows: Integers, stretch: Integers) -> Integers:
    """Of rows that are grouped by stretch, the first and the last of each."""
    borders = np.flatnonzero(np.diff(stretch[rows]))
    firsts, lasts = np.append(0, borders + 1), np.append(borders, len(rows) - 1)
    return rows[np.append(firsts, lasts)] if len(rows) else rows


def _next_of(broken: Integers, rows: Integers) -> Integers:
    """The first broken row after each of `rows`, where there is one."""
    place = np.searchsorted(broken, rows)
    return broken[place[place < len(broken)]]
