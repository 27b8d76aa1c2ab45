"""Curves with a known fault, made from real healthy ones: the onset is ours, shape and noise are real.

Each healthy curve that learned is thinned to 20, 45, 150 and 600 rows (the lengths that fine-tuning jobs
have), and each of these is given each kind once. At most three curves a repository. An id does not tell the
kind.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Literal

from tests.curves.corpus import Case, Label, Number, Run, read_labels, read_runs
from tests.curves.kinds import Kind, Sort
from tests.curves.standard_kinds import level, lowest_level

LENGTHS = (20, 45, 150, 600)
MOST_OF_A_REPOSITORY = 3
_SHOULD_STOP: dict[Sort, Literal["yes", "no", "unclear"]] = {
    "harmless": "no",
    "failure": "yes",
    "warning": "unclear",
}


@dataclass(frozen=True, slots=True)
class Base:
    """A real healthy curve that may carry a fault."""

    id: str
    group: str
    losses: tuple[float, ...]

    def thinned(self, rows: int) -> list[float]:
        """So many losses at even distances from the first on; none where there are fewer."""
        stride = len(self.losses) // rows
        return list(self.losses[: stride * rows : stride]) if stride else []


def injected(kinds: tuple[Kind, ...], seed: int) -> Iterator[Case]:
    """Every base at every length with every kind; the same seed gives the same curves."""
    for base in bases():
        for rows in LENGTHS:
            if losses := base.thinned(rows):
                yield from (_case(base, losses, kind, seed) for kind in kinds)


@cache
def bases() -> tuple[Base, ...]:
    """The curves that may carry a fault, in the order of their ids."""
    return tuple(_bases())


def _bases() -> Iterator[Base]:
    used: Counter[str] = Counter()
    for label in read_labels():
        if label.label != "healthy" or used[label.group] >= MOST_OF_A_REPOSITORY:
            continue
        losses = [
            cell for cell in read_runs()[label.id].points["train_loss"] if isinstance(cell, int | float)
        ]
        if len(losses) >= LENGTHS[0] and learned(losses):
            used[label.group] += 1
            yield Base(label.id, label.group, tuple(losses))


def learned(losses: list[float]) -> bool:
    """Whether a curve of positive losses fell by 5 % and ended within 10 % of its best."""
    width = max(5, len(losses) // 10)
    start = level(losses, min(width, len(losses)) - 1, width)
    end = level(losses, len(losses) - 1, width)
    best = lowest_level(losses, max(3, len(losses) // 50))
    return min(losses) > 0 and end <= 1.1 * best and best <= 0.95 * start


def _case(base: Base, losses: list[float], kind: Kind, seed: int) -> Case:
    key = f"{seed}|{base.id}|{len(losses)}|{kind.name}"
    made, onset = kind.make(list(losses), Random(key))
    run_id = "inj-" + hashlib.sha256(key.encode()).hexdigest()[:12]
    points = {
        "step": list[Number | None](range(1, len(made) + 1)),
        "train_loss": [_cell(loss) for loss in made],
    }
    label = Label(
        id=run_id,
        group=base.group,
        label=f"{kind.name}-{len(losses)}",
        onset_step=None if kind.sort == "harmless" else onset + 1,
        should_stop=_SHOULD_STOP[kind.sort],
        confidence="high",
        reason="injected",
    )
    return Case(Run(run_id, None, "injected", points, {}), label, kind.sort)


def _cell(loss: float) -> Number | None:
    if math.isfinite(loss):
        return loss
    if math.isnan(loss):
        return "NaN"
    return "Infinity" if loss > 0 else "-Infinity"
