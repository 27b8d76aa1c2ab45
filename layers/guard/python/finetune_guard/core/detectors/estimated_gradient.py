"""Estimated gradient: the loss became noisy and does not descend. Two indices, never a gradient norm."""

from typing import NamedTuple

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Status, Trace, begins_of, statuses
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.loss_indices import IndexStatus, Indices, Windows, indices, windows_of
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.limits import EstimatedGradientLimits
from finetune_guard.core.metrics.series import Floats, Integers
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.ESTIMATED_GRADIENT, "1")
BASIS = "Both are relative to this run's own baseline; they are not a gradient norm."
ADVICE = (
    "Look at the loss itself and at what the other signals say of it; if it rises, a third of the learning "
    "rate is a good next try. This estimate alone is no reason to stop."
)


class _Alerts(NamedTuple):
    """Whether an unbroken alert has held for enough windows, whether it is sure, and its first row."""

    held: Flags
    sure: Flags
    begins: Integers


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether the loss was noisy and rose, or stood high, for some windows in a row, at each finite row.

    A note where the descent index is of low confidence or not available; never a reason to stop.
    """
    limits = pack.estimated_gradient
    rows, need = np.arange(1, len(features) + 1), 2 * limits.window_points + 1
    windows = windows_of(features, limits)
    alerts = _alerts(features, windows, limits)
    status = statuses(windows.ready, alerts.held, alerts.sure)

    def describe(row: int) -> Finding:
        severity = limits.severity if status[row] == Status.CERTAIN else Severity.INFO
        begins, found = int(alerts.begins[row]), indices(features, windows)
        return RULE.finding(severity, *_told(features, windows, found, begins, row, limits), ADVICE)

    return Trace(RULE.signal, features.step, status, np.minimum(rows, need), need, describe)


def _alerts(features: Features, windows: Windows, limits: EstimatedGradientLimits) -> _Alerts:
    """Lines are fitted only where the noise has lasted, which it has on few curves."""
    noisy = windows.noise > limits.noise_index * windows.base_noise
    lasting = (limits.windows - 1) * windows.length
    alerts = _held(features, noisy, lasting)
    if not alerts.held.any():
        return alerts
    found = indices(features, windows)
    rises = (found.rise > limits.slope_errors) | (found.above > limits.level_spreads)
    alerts = _held(features, noisy & rises, lasting)
    return alerts._replace(sure=alerts.held & (found.status == IndexStatus.OK))


def _held(features: Features, alert: Flags, lasting: Floats) -> _Alerts:
    begins = begins_of(alert)
    held = alert & (features.step - features.step[begins] >= lasting)
    return _Alerts(held, held, begins)


def _told(
    features: Features,
    windows: Windows,
    found: Indices,
    begins: int,
    row: int,
    limits: EstimatedGradientLimits,
) -> tuple[Seen, str]:
    first, now = int(features.step[begins]), int(features.step[row])
    base = features.step[windows.first[row]], features.step[windows.end[row] - 1]
    noise = float(found.noise[row])
    sentence = (
        f"From step {first} to {now}, {limits.windows} windows of {windows.length[row]:.4g} steps or more, "
        f"a row varied over {limits.noise_index:g} times as much as at the baseline (steps {base[0]} to "
        f"{base[1]}), and the loss rose or stood above it. Noise index {noise:.3g}; {_descent(found, row)}. "
        f"{BASIS}"
    )
    return Seen(first, now, now, noise, limits.noise_index), sentence


def _descent(found: Indices, row: int) -> str:
    if found.status[row] == IndexStatus.UNAVAILABLE:
        return "no descent index, since the baseline does not descend"
    doubt = "" if found.status[row] == IndexStatus.OK else ", low confidence"
    rate = "is divided out" if found.rate_known[row] else "is not divided out (not exposed, or too low)"
    interval = f"95 %: {found.low[row]:.3g} to {found.high[row]:.3g}{doubt}"
    return f"descent index {found.descent[row]:.3g} ({interval}), the learning rate {rate}"
