"""What must hold of whatever a reader of metric files or training logs makes of its input."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.judging import judge
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import MetricSeries
from finetune_guard.core.thresholds import pack_for
from finetune_guard.core.verdict import Evidence

T = TypeVar("T")
#: A row that was meant: its step, and its loss as the writer spelled it.
Meant = tuple[int, str]


@dataclass(frozen=True)
class Document:
    """A file, and what it holds where that is known.

    Attributes:
        data: Its bytes.
        meant: The rows in the order of their steps, where nothing damaged them; else None.
    """

    data: bytes
    meant: tuple[Meant, ...] | None


def a_series(series: MetricSeries) -> None:
    """Steps rise from 0 at least, and every value has its step."""
    assert series.step.dtype == np.int64
    assert np.all(np.diff(series.step) > 0), "steps do not rise"
    assert not len(series) or series.step[0] >= 0
    assert not np.isinf(series.epoch).any(), "an epoch is infinite"
    for values in (series.epoch, series.loss):
        assert len(values) == len(series)


def as_meant(series: MetricSeries, meant: Sequence[Meant]) -> None:
    """In whatever order, encoding and spelling it was written, the curve is what the writer meant."""
    assert series.step.tolist() == [step for step, _ in meant], "not the steps that were written"
    for found, (step, spelled) in zip(series.loss.tolist(), meant, strict=True):
        expected = float(spelled)
        same = found == expected or (math.isnan(found) and math.isnan(expected))
        assert same, f"the loss of step {step} was written as {spelled} and read as {found!r}"


def value_or_error(read: Callable[[], T]) -> T | None:
    """What is read; None where it is refused in a sentence that can be told."""
    try:
        return read()
    except InvalidInputError as exc:
        assert len(str(exc)) < 2000, "an error is too long to be told"
        return None


def judged(data: bytes) -> None:
    """Whatever is read can be judged, with a reason."""
    curve = value_or_error(lambda: read_curve("log", data))
    if curve is not None:
        assert judge(curve, pack_for("nova"), Evidence.CURVE_AT_COMPLETION).reason
