"""A curve as a picture of a few lines, its parts beside each other with a border between."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from finetune_guard.cli.sparkline import BARS, NON_FINITE, gathered

BORDER = "┊"
#: Columns of a loss at the left edge.
LABEL = 10
LEVELS = len(BARS)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a curve.

    Attributes:
        name: What is written below it, where there is room.
        losses: May be non-finite.
    """

    name: str
    losses: tuple[float, ...]


def picture(parts: Sequence[Part], width: int, height: int = 5) -> list[str]:
    """The parts as columns on one scale, losses at the left edge, names below; empty without a loss.

    Args:
        parts: In their order.
        width: Columns in all; a narrower picture is made of fewer losses.
        height: Lines of the curve.
    """
    drawn = [part for part in parts if part.losses]
    if not drawn:
        return []
    columns = _columns(drawn, max(len(drawn), width - LABEL - 2 - (len(drawn) - 1)))
    finite = [loss for part in columns for loss in part if math.isfinite(loss)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 0.0)
    lines = [_line(columns, row, height, low, high) for row in range(height)]
    return [*lines, _names(drawn, columns)]


def _columns(parts: Sequence[Part], room: int) -> list[list[float]]:
    """Each part's losses, gathered into a column of its own and its share of the room that is left."""
    rows = sum(len(part.losses) for part in parts)
    if rows <= room:
        return [list(part.losses) for part in parts]
    shared = room - len(parts)
    return [gathered(part.losses, 1 + shared * len(part.losses) // rows) for part in parts]


def _line(columns: Sequence[Sequence[float]], row: int, height: int, low: float, high: float) -> str:
    edge = {0: _loss(high), height - 1: _loss(low)}.get(row, "")
    cells = BORDER.join("".join(_cell(loss, row, height, low, high) for loss in part) for part in columns)
    return f"{edge:>{LABEL}} {'┤' if edge else '│'}{cells}".rstrip()


def _cell(loss: float, row: int, height: int, low: float, high: float) -> str:
    if not math.isfinite(loss):
        return NON_FINITE if row == 0 else " "
    filled = _filled(loss, low, high, height * LEVELS) - (height - 1 - row) * LEVELS
    return " " if filled <= 0 else BARS[min(filled, LEVELS) - 1]


def _filled(loss: float, low: float, high: float, most: int) -> int:
    """Eighths of a line that the column has, 1 at least."""
    # Halves, since the difference of two large finite floats may overflow.
    span = high / 2 - low / 2
    share = (loss / 2 - low / 2) / span if span else 0.0
    return 1 + min(most - 1, int(share * (most - 1) + 0.5))


def _names(parts: Sequence[Part], columns: Sequence[Sequence[float]]) -> str:
    cells = (
        f"{part.name[: len(values)]:<{len(values)}}" for part, values in zip(parts, columns, strict=True)
    )
    return f"{'':{LABEL}}  {' '.join(cells)}".rstrip()


def _loss(value: float) -> str:
    """A finite loss in four digits, in three where there is no room for four."""
    shown = f"{value:.4g}"
    return shown if len(shown) <= LABEL else f"{value:.3g}"
