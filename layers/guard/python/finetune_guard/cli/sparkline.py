"""A curve in one line of text."""

import math
from collections.abc import Sequence
from itertools import pairwise

BARS = "▁▂▃▄▅▆▇█"
NON_FINITE = "×"


def sparkline(values: Sequence[float], width: int) -> str:
    """The values as bars from the lowest to the highest, at most `width` of them; non-finite ones as ×."""
    parts = gathered(values, width)
    finite = [value for value in parts if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    return "".join(_bar(value, low, high) for value in parts)


def gathered(values: Sequence[float], width: int) -> list[float]:
    """At most `width` values that look as all do.

    More are gathered into equal parts, each shown by its last value, so that the newest is always the last; a
    part that holds a non-finite value is shown as one.
    """
    if len(values) <= width:
        return list(values)
    borders = [round(k * len(values) / width) for k in range(width + 1)]
    return [_shown(values[a:b]) for a, b in pairwise(borders)]


def _shown(part: Sequence[float]) -> float:
    return next((value for value in part if not math.isfinite(value)), part[-1])


def _bar(value: float, low: float, high: float) -> str:
    if not math.isfinite(value):
        return NON_FINITE
    # Halves, since the difference of two large finite floats may overflow.
    span = high / 2 - low / 2
    share = (value / 2 - low / 2) / span if span else 0.0
    return BARS[min(len(BARS) - 1, int(share * len(BARS)))]
