"""One line into one row, or the reason why not. The careful path: it reads anything, a line at a time."""

import math
from collections.abc import Mapping
from enum import StrEnum

from finetune_guard.core.metrics.cells import cells, number, without_trailing_blanks
from finetune_guard.core.metrics.columns import Layout, Quantity
from finetune_guard.core.metrics.lines import LONGEST_LINE

#: Far beyond any training run, and low enough that ten million epochs, counted on, still fit an int64.
MOST_STEPS = 10**11


class Reason(StrEnum):
    """Why a row is rejected."""

    TOO_LONG = "the line is longer than 64 KiB"
    NUL = "it holds a NUL byte"
    QUOTE = "a quote is not closed"
    CELL_COUNT = "it has another number of cells than the header"
    DISAGREE = "columns of the same name disagree"
    STEP = "its step is no whole number from 0"
    EPOCH = "its epoch is no finite number"
    LOSS = "its loss is no number"
    CUT = "it is cut off after a decimal point"


class Blank(StrEnum):
    """Why a row gives no point although nothing is wrong with it."""

    NO_LOSS = "its loss is empty"


Row = list[float]

_UNREADABLE = {Quantity.STEP: Reason.STEP, Quantity.EPOCH: Reason.EPOCH, Quantity.LOSS: Reason.LOSS}


def read_row(line: bytes, layout: Layout) -> Row | Reason | Blank:
    """The values of a line in the order of `layout.places`; NaN for what is missing beside step and loss.

    A non-finite loss is a value. An unreadable cell that is neither step, epoch nor loss is NaN, since no
    judgement rests on it.
    """
    found = _split(line, layout)
    if isinstance(found, Reason):
        return found
    values: dict[Quantity, float | None] = {}
    for quantity, places in layout.places.items():
        if len(places) > 1 and len({found[place].strip() for place in places}) > 1:
            return Reason.DISAGREE
        try:
            values[quantity] = number(found[places[0]])
        except ValueError:
            if quantity in _UNREADABLE:
                return _UNREADABLE[quantity]
            values[quantity] = None
    return _checked(values)


def _split(line: bytes, layout: Layout) -> list[bytes] | Reason:
    if len(line) > LONGEST_LINE:
        return Reason.TOO_LONG
    if b"\0" in line:
        return Reason.NUL
    try:
        found = cells(line, layout.delimiter)
    except ValueError:
        return Reason.QUOTE
    width = len(layout.names)
    if len(found) > width:
        found = without_trailing_blanks(found, width)
    return found if len(found) == width else Reason.CELL_COUNT


def _checked(values: Mapping[Quantity, float | None]) -> Row | Reason | Blank:
    step, epoch, loss = values[Quantity.STEP], values.get(Quantity.EPOCH), values[Quantity.LOSS]
    if step is None and loss is None:
        return Blank.NO_LOSS
    if step is None or not is_count(step):
        return Reason.STEP
    if epoch is not None and math.isinf(epoch):
        return Reason.EPOCH
    if loss is None:
        return Blank.NO_LOSS
    return [math.nan if value is None else value for value in values.values()]


def is_count(value: float) -> bool:
    """Whether a number can be a step or a count: whole, from 0, below 10^11; never NaN or infinite."""
    return 0 <= value < MOST_STEPS and value == math.floor(value)
