"""Metric series: what a source of training metrics shows, as arrays."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _empty() -> Floats:
    return np.empty(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class MetricSeries:
    """One curve of losses, ordered by step.

    Attributes:
        step: int64, shape (n,), strictly increasing.
        epoch: float64, shape (n,); NaN where the source has none.
        loss: float64, shape (n,). Non-finite values are kept; a blank cell is no point.
        time: float64 seconds since the source's start, shape (n,) or (0,) where not exposed.
        learning_rate: shape (n,) or (0,) where not exposed.
        grad_norm: shape (n,) or (0,) where not exposed.
        step_time: seconds a step, shape (n,) or (0,) where not exposed.
        memory: bytes, shape (n,) or (0,) where not exposed.
    """

    step: Integers
    epoch: Floats
    loss: Floats
    time: Floats = field(default_factory=_empty)
    learning_rate: Floats = field(default_factory=_empty)
    grad_norm: Floats = field(default_factory=_empty)
    step_time: Floats = field(default_factory=_empty)
    memory: Floats = field(default_factory=_empty)

    def __len__(self) -> int:
        """Number of points."""
        return len(self.step)

    @classmethod
    def empty(cls) -> "MetricSeries":
        """A series without points."""
        return cls(np.empty(0, dtype=np.int64), _empty(), _empty())


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A training series with the validation series that belongs to it.

    Attributes:
        training: Training losses.
        validation: Validation losses; empty where there are none.
        planned_steps: Steps the whole run will have, where known; never required.
    """

    training: MetricSeries
    validation: MetricSeries = field(default_factory=MetricSeries.empty)
    planned_steps: int | None = None
