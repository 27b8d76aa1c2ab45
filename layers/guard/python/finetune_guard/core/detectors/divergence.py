"""Divergence: the loss rises and stays, climbs without an end, or never was below where it began."""

from dataclasses import dataclass

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, latched, severity_of, statuses
from finetune_guard.core.detectors.episodes import (
    Rises,
    beyond_noise,
    capped_noise,
    reference,
    rises_above,
)
from finetune_guard.core.detectors.features import Features, width_at
from finetune_guard.core.detectors.lasting import lasting
from finetune_guard.core.detectors.running import running_median_of_share
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.limits import DivergenceLimits
from finetune_guard.core.metrics.series import Floats
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.DIVERGENCE, "1")
ADVICE = (
    "Lower the learning rate (a third is a good next try) or lengthen the warm-up; more steps will not help."
)
#: A climb is read from a running median that lags little: over this share of the rows, 3 to so many.
CLIMB_SHARE, CLIMB_NARROWEST, CLIMB_WIDEST = 32, 3, 9
#: It begins this far above the lowest level, plus the error of that median.
CLIMB_FLOOR = 1.05
#: Each third of a climb must stand this many standard errors above the one before.
CLIMB_ERRORS = 0.5
CLIMB_ROWS = 6
#: A climb that began in the warm-up is believed after this share of the run.
LATE_WARM_UP = 2.0
#: The first row is a single draw: what follows must stand this many noises above it.
FIRST_ROW_DOUBT = 3.5


@dataclass(frozen=True, slots=True)
class _Proof:
    """How plain a climb must be.

    Attributes:
        gain: Times that its last third must stand above its first.
        errors: Standard errors that this must be beyond.
    """

    gain: float
    errors: float


CERTAIN, SUSPECTED = _Proof(1.08, 2.0), _Proof(1.04, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """One way to diverge: when it fires, on which rises, and what it says of one."""

    fires: Flags
    rises: Rises
    needed: Floats
    says: str

    def holds(self) -> Flags:
        return self.rises.inside & latched(self.fires, self.rises.begins)


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether the loss diverges, at each finite row; smaller climbs are suspected."""
    limits = pack.divergence
    rows = np.arange(1, len(features) + 1)
    enough = rows >= limits.minimum_points
    shapes = [
        _rise(features, pack, enough),
        *_climbs(features, limits, enough),
        _unlearned(features, limits, enough),
    ]
    holds = [shape.holds() for shape in shapes]
    suspected = holds.pop(2)
    certain = np.logical_or.reduce(holds)
    status = statuses(enough, suspected, certain)

    def describe(row: int) -> Finding:
        order = [shapes[0], shapes[1], shapes[3], shapes[2]]
        shape = next(one for one in order if one.holds()[row])
        seen, sentence = _told(features, shape, row)
        return RULE.finding(severity_of(status[row], limits.severity), seen, sentence, ADVICE)

    return Trace(RULE.signal, features.step, status, rows, limits.minimum_points, describe)


def _rise(features: Features, pack: ThresholdPack, enough: Flags) -> _Shape:
    seen = lasting(features, reference(features), pack.divergence, pack.divergence)
    return _Shape(
        enough & seen.fires & ~seen.sudden,
        seen.rises,
        seen.needed,
        "the lowest level before, and stays there",
    )


def _climbs(features: Features, limits: DivergenceLimits, enough: Flags) -> tuple[_Shape, _Shape]:
    """A climb that is certain, and a smaller one that is suspected."""
    base = reference(features)
    rises = _rises_of_climb(features, base)
    high, low = (beyond_noise(ratio, 0.5, rises) for ratio in (limits.climb_ratio, limits.warn_ratio))
    says = "the lowest level before, and still climbing"
    # A pattern of the data order may climb from third to third while its newest rows are back.
    height = np.minimum(rises.late, np.minimum(features.level, features.recent) - base)
    climbs = enough & rises.inside & _climbs_by_thirds(features, rises, limits)
    certain = _proven(rises, CERTAIN) & (height > high) & (rises.share > limits.climb_share)
    suspected = _proven(rises, SUSPECTED) & (height > low) & (rises.share > limits.warn_share)
    return _Shape(climbs & certain, rises, high, says), _Shape(climbs & suspected, rises, low, says)


def _rises_of_climb(features: Features, base: Floats) -> Rises:
    width = width_at(np.arange(1, len(features) + 1), CLIMB_SHARE, CLIMB_WIDEST)
    smooth = running_median_of_share(features.level, CLIMB_SHARE, CLIMB_NARROWEST, CLIMB_WIDEST)
    error = capped_noise(features) / np.sqrt(width)
    return rises_above(features, base, np.log(CLIMB_FLOOR) + error, smooth)


def _climbs_by_thirds(features: Features, rises: Rises, limits: DivergenceLimits) -> Flags:
    """Whether each third stands above the one before, and the warm-up does not explain it."""
    step_up = CLIMB_ERRORS * rises.error
    up = (rises.late > rises.middle + step_up) & (rises.middle > rises.early + step_up)
    late_enough = (features.share_before(rises.begins) > limits.warm_up_share) | (
        features.progress > LATE_WARM_UP * limits.warm_up_share
    )
    climbs: Flags = up & late_enough & (rises.rows >= CLIMB_ROWS)
    return climbs


def _proven(rises: Rises, proof: _Proof) -> Flags:
    proven: Flags = rises.late - rises.early > np.log(proof.gain) + proof.errors * rises.error
    return proven


def _unlearned(features: Features, limits: DivergenceLimits, enough: Flags) -> _Shape:
    """The loss left its first value early and upwards and never came back.

    Only the first row knows the truth.
    """
    base = np.repeat(features.level[:1], len(features))
    rises = rises_above(features, base, np.full(len(features), 0.5 * np.log(limits.unlearned_ratio)))
    noise = _mean_noise(features)
    needed = np.maximum(np.log(limits.unlearned_ratio) + noise, FIRST_ROW_DOUBT * noise)
    progress = features.progress
    from_start = features.share_before(rises.begins) <= limits.warm_up_share
    long = (progress > limits.unlearned_share) & (rises.rows > limits.unlearned_points)
    fires = from_start & long & (rises.late > needed)
    return _Shape(
        enough & rises.inside & fires, rises, needed, "the first loss, and was never below it since"
    )


def _mean_noise(features: Features) -> Floats:
    """Noise from all differences so far: steadier than the last few, and larger where the loss fell steeply.

    0.8862 is what turns the mean absolute difference of normal rows into their standard deviation.
    """
    moves = np.abs(np.diff(features.level, prepend=features.level[:1]))
    return 0.8862 * np.cumsum(moves) / np.maximum(np.arange(len(features)), 1)


def _told(features: Features, shape: _Shape, row: int) -> tuple[Seen, str]:
    rises, begins = shape.rises, int(shape.rises.begins[row])
    height, needed = (float(np.exp(value[row])) for value in (rises.late, shape.needed))
    first, now = int(features.step[begins]), int(features.step[row])
    sentence = (
        f"Since step {first}, for {rises.rows[row]} rows, the loss has risen; at step {now} it is "
        f"{features.loss[row]:.4g}, {height:.2f} times {shape.says} (at least {needed:.2f} times counts)."
    )
    return Seen(first, now, now, height, needed), sentence
