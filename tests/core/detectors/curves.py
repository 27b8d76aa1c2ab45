"""Curves for the tests of detectors: what a test is about is named, the rest is a plain healthy run."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.features import Features, features_of
from finetune_guard.core.detectors.registry import traces
from finetune_guard.core.detectors.running import running_median
from finetune_guard.core.findings import Signal
from finetune_guard.core.metrics.series import Curve, Floats, MetricSeries
from finetune_guard.core.thresholds import ThresholdPack

PACK = ThresholdPack()


def series(losses: Sequence[float] | Floats, steps: Sequence[int] | None = None) -> MetricSeries:
    """A series at a steady pace and with a steady memory; a test that is about either gives its own."""
    step = np.arange(1, len(losses) + 1) if steps is None else np.array(steps)
    return MetricSeries(
        step.astype(np.int64),
        np.full(len(losses), np.nan),
        np.array(losses, dtype=np.float64),
        time=0.5 * step.astype(np.float64),
        memory=np.full(len(losses), 2.0**34),
    )


def curve(
    losses: Sequence[float] | Floats,
    steps: Sequence[int] | None = None,
    planned: int | None = None,
    validation: MetricSeries | None = None,
) -> Curve:
    """A curve whose plan is its last step, unless told otherwise."""
    training = series(losses, steps)
    plan = int(training.step[-1]) if planned is None and len(training) else planned
    return Curve(training, validation or MetricSeries.empty(), plan)


def prepared(above: Sequence[float] | Floats, noise: float = 0.0, planned: int = 100) -> Features:
    """A curve by its heights above the lowest log level reached before, with this noise at each row."""
    level = 1.0 + np.array(above, dtype=np.float64)
    return replace(
        features_of(curve(np.ones(len(level)), planned=planned)),
        level=level,
        recent=running_median(level, 3),
        lowest=np.ones(len(level)),
        noise=np.full(len(level), noise),
        chance_depth=np.zeros(len(level)),
    )


def falling(rows: int, noise: float = 0.03, seed: int = 0) -> Floats:
    """A run that learns: from 2 towards 1 with normal row noise, relative to the level."""
    time = np.arange(rows) / max(rows, 1)
    rng = np.random.default_rng(seed)
    losses: Floats = (1.0 + np.exp(-5 * time)) * np.exp(rng.normal(0.0, noise, rows))
    return losses


def cut(whole: Curve, step: int) -> Curve:
    """What had been seen when this step was reached."""
    return Curve(_until(whole.training, step), _until(whole.validation, step), whole.planned_steps)


def _until(one: MetricSeries, step: int) -> MetricSeries:
    seen = one.step <= step
    exposed = {name: getattr(one, name) for name in ("time", "grad_norm", "step_time", "memory")}
    until = {name: values[seen] for name, values in exposed.items() if len(values)}
    return MetricSeries(one.step[seen], one.epoch[seen], one.loss[seen], **until)


def trace_of(signal: Signal, whole: Curve, pack: ThresholdPack = PACK) -> Trace:
    found = {trace.signal: trace for trace in traces(whole, pack)}
    return found[signal]


def fired(trace: Trace, least: Status = Status.CERTAIN) -> int | None:
    """The step at which a detector first says so, or None."""
    finding = trace.first(least)
    return None if finding is None else finding.detected_step
