"""A training curve and the validation curve that belongs to it, on one axis of steps."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from finetune_guard.core.metrics.series import Curve, Floats, Integers, MetricSeries


def join(training: MetricSeries, validation: MetricSeries, planned_steps: int | None = None) -> Curve:
    """One curve of both; a validation row whose step is no training step is placed by its epoch.

    What `step_number` means in a validation file is not documented: AWS's own example counts evaluations
    (1, 2, 3) and AWS's notebooks plot them by epoch (docs/bedrock.md, 2.2). Where the epochs show that the
    steps are not those of the training file, the k-th of m evaluations of an epoch is placed k/m through
    that epoch's training steps. Where the epochs do not tell either, the steps stay as written.
    """
    placed = _placed_by_epoch(training, validation)
    moved = validation if placed is None else replace(validation, step=placed)
    return Curve(training, moved, planned_steps)


def _placed_by_epoch(training: MetricSeries, validation: MetricSeries) -> Integers | None:
    if not (_has_whole_epochs(training.epoch) and _has_whole_epochs(validation.epoch)):
        return None
    if _steps_agree(training, validation) or not np.isin(validation.epoch, training.epoch).all():
        return None
    first, end = _span(training.epoch, validation.epoch)
    earliest, beyond = _span(validation.epoch, validation.epoch)
    which, of_all = np.arange(len(validation)) - earliest + 1, beyond - earliest
    if np.any(of_all > end - first):
        return None
    steps: Integers = training.step[first - 1 - (first - end) * which // of_all]
    return steps


def _has_whole_epochs(epoch: Floats) -> bool:
    """Whether there are epochs, whole and in order; False with any NaN."""
    return len(epoch) > 0 and bool(np.all(epoch == np.floor(epoch)) and np.all(np.diff(epoch) >= 0))


def _steps_agree(training: MetricSeries, validation: MetricSeries) -> bool:
    """Whether both files put the same step into the same epoch.

    One file may count epochs from 0 and the other from 1: then an evaluation stands at the end of its epoch.
    """
    last = len(training) - 1
    at = np.clip(np.searchsorted(training.step, validation.step, side="right") - 1, 0, last)
    ahead = validation.epoch - training.epoch[at]
    ends_epoch = (at == last) | (training.epoch[np.minimum(at + 1, last)] > training.epoch[at])
    return bool(np.all(ahead == 0) or np.all((ahead == 1) & ends_epoch))


def _span(epochs: Floats, wanted: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First place of each wanted epoch, and the place after its last."""
    return np.searchsorted(epochs, wanted, side="left"), np.searchsorted(epochs, wanted, side="right")
