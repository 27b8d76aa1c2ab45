"""One curve of a run that was trained in segments: the rows of all jobs on the run's own axis of steps."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finetune_guard.core.metrics.series import Curve, MetricSeries
from finetune_guard.core.metrics_log import MetricLine

#: The first rows of a later segment, as a share of its rows: the optimizer starts anew there and the rate
#: warms up, so a hump says nothing of the run (docs/early.md). Non-finite rows are always kept.
RESTART_SHARE = 0.1


def curve_of(lines: Sequence[MetricLine]) -> Curve:
    """The curve that a metrics log holds."""
    return Curve(_series(lines, "training_loss"), _series(lines, "validation_loss"))


def _series(lines: Sequence[MetricLine], name: str) -> MetricSeries:
    rows = [line for line in lines if line.name == name]
    return MetricSeries(
        step=np.array([line.step for line in rows], dtype=np.int64),
        epoch=np.array([np.nan if line.epoch is None else line.epoch for line in rows], dtype=np.float64),
        loss=np.array([line.value for line in rows], dtype=np.float64),
    )


def last_step(curve: Curve) -> int:
    """The steps that a segment's curve covers, counted from 0 as from 1; 0 where it has no rows."""
    steps = [series.step for series in (curve.training, curve.validation) if len(series)]
    if not steps:
        return 0
    counted_from_0 = any(step[0] == 0 for step in steps)
    return int(max(step[-1] for step in steps)) + counted_from_0


def chain(curves: Sequence[Curve], planned_steps: int | None) -> Curve:
    """The curves one after the other, steps and epochs counted on, restarts left out.

    Args:
        curves: One for each segment, in their order; steps and epochs begin anew in each.
        planned_steps: Steps of the whole run, where known.
    """
    steps, epochs = 0, 0.0
    training, validation = [], []
    for place, curve in enumerate(curves):
        own = _without_restart(curve.training) if place else curve.training
        training.append(_moved(own, steps, epochs))
        validation.append(_moved(curve.validation, steps, epochs))
        steps += last_step(curve)
        epochs += _epochs(curve.training)
    return Curve(_joined(training), _joined(validation), planned_steps)


def _without_restart(series: MetricSeries) -> MetricSeries:
    rows = np.arange(len(series))
    kept = (rows >= np.ceil(RESTART_SHARE * len(series))) | ~np.isfinite(series.loss)
    return MetricSeries(series.step[kept], series.epoch[kept], series.loss[kept])


def _moved(series: MetricSeries, steps: int, epochs: float) -> MetricSeries:
    return replace(series, step=series.step + steps, epoch=series.epoch + epochs)


def _epochs(series: MetricSeries) -> float:
    """Epochs that a segment has, counted from 0 as from 1; 1 where none are told."""
    known = series.epoch[np.isfinite(series.epoch)]
    return float(known[-1] - known[0] + 1) if len(known) else 1.0


def _joined(parts: Sequence[MetricSeries]) -> MetricSeries:
    return MetricSeries(
        step=np.concatenate([part.step for part in parts]),
        epoch=np.concatenate([part.epoch for part in parts]),
        loss=np.concatenate([part.loss for part in parts]),
    )
