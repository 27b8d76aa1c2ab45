"""The fast path: a block that holds nothing but plain rows of numbers, read by numpy as a whole.

It answers only where it is certain to give what the careful path gives (tests/core/metrics/test_table.py
holds the two together); for anything else it gives up and the careful path reads the block.
"""

import numpy as np

from finetune_guard.core.metrics.columns import Layout, Quantity
from finetune_guard.core.metrics.lines import LONGEST_LINE
from finetune_guard.core.metrics.rows import MOST_STEPS
from finetune_guard.core.metrics.series import Floats

#: Numbers, and the letters of "nan", "inf" and "infinity" in any case: a diverged run keeps its speed.
#: Within these characters numpy's reader accepts what cells.number accepts, and nothing else.
_NUMERIC = b"0123456789.+-eEnNaAiIfFtTyY\n"
_NEWLINE = ord("\n")


def read_clean(text: bytes, layout: Layout) -> Floats | None:
    """The rows of a block, a column for each of `layout.places` in that order; None where it is not clean."""
    if not layout.unambiguous or text.translate(None, _NUMERIC + layout.delimiter):
        return None
    if not _is_rectangular(text, layout):
        return None
    columns = [places[0] for places in layout.places.values()]
    try:
        table = np.loadtxt(
            text.decode("ascii").split("\n")[:-1],
            delimiter=layout.delimiter.decode(),
            usecols=columns,
            comments=None,
            ndmin=2,
        )
    except ValueError:
        return None
    return table if _is_sound(table, layout) else None


def _is_rectangular(text: bytes, layout: Layout) -> bool:
    """Whether every line has as many cells as the header, and none is too long."""
    width = len(layout.names)
    codes = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero((codes == _NEWLINE) | (codes == ord(layout.delimiter)))
    if not len(ends) or len(ends) % width:
        return False
    newline = (codes[ends] == _NEWLINE).reshape(-1, width)
    lengths = np.diff(ends[width - 1 :: width], prepend=-1) - 1
    return bool(newline[:, -1].all() and not newline[:, :-1].any() and lengths.max() <= LONGEST_LINE)


def _is_sound(table: Floats, layout: Layout) -> bool:
    quantities = list(layout.places)
    step = table[:, quantities.index(Quantity.STEP)]
    sound = np.all((step >= 0) & (step < MOST_STEPS) & (step == np.floor(step)))
    if Quantity.EPOCH in layout.places:
        sound &= not np.isinf(table[:, quantities.index(Quantity.EPOCH)]).any()
    return bool(sound)
