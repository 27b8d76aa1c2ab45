"""Loss spike: a jump that does not come back. A blip that recovers is no finding."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, latched, severity_of, statuses
from finetune_guard.core.detectors.episodes import reference
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.detectors.lasting import Lasting, lasting
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.metrics.series import Floats
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.LOSS_SPIKE, "1")
ADVICE = (
    "Look at the records around the first step, and lower the learning rate (a third is a good next try); a "
    "jump that stays has destroyed what was learned."
)


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether a jump has outlasted a blip, or is too high to wait for, at each finite row."""
    limits = pack.loss_spike
    rows = np.arange(1, len(features) + 1)
    enough = rows >= limits.minimum_points
    base = reference(features)
    seen = lasting(features, base, limits, pack.divergence)
    instant = _instant(features, limits.instant_ratio)
    fires = enough & ((seen.fires & seen.sudden) | instant)
    certain = seen.rises.inside & latched(fires, seen.rises.begins)
    status = statuses(enough, np.zeros_like(certain), certain)

    def describe(row: int) -> Finding:
        severity = severity_of(status[row], limits.severity)
        begins = int(seen.rises.begins[row])
        jumps = np.flatnonzero(instant[begins : row + 1])
        if len(jumps):
            at_once = _at_once(features, begins, begins + int(jumps[0]), row, limits.instant_ratio)
            return RULE.finding(severity, *at_once, ADVICE)
        return RULE.finding(severity, *_lasted(features, base, seen, row), ADVICE)

    return Trace(RULE.signal, features.step, status, rows, limits.minimum_points, describe)


def _instant(features: Features, ratio: float) -> Flags:
    """Rows whose loss is `ratio` times the highest before: no blip of the real curves came near."""
    highest = np.maximum.accumulate(features.loss)
    before = np.concatenate([[np.inf], highest[:-1]])[: len(features)]
    instant: Flags = (features.loss > ratio * before) & (before > 0)
    return instant


def _lasted(features: Features, base: Floats, seen: Lasting, row: int) -> tuple[Seen, str]:
    begins = int(seen.rises.begins[row])
    height, needed = (float(np.exp(value[row])) for value in (seen.rises.late, seen.needed))
    first, now = int(features.step[begins]), int(features.step[row])
    sentence = (
        f"At step {first} the loss jumped to {features.loss[begins]:.4g}; {seen.rises.rows[row]} rows "
        f"later, at step {now}, it is {features.loss[row]:.4g}, {height:.2f} times the lowest level "
        f"before (at least {needed:.2f} times is a spike that stays)."
    )
    return Seen(first, now, now, height, needed), sentence


def _at_once(features: Features, begins: int, jump: int, row: int, ratio: float) -> tuple[Seen, str]:
    highest = float(np.max(features.loss[:jump]))
    times = float(features.loss[jump]) / highest
    first, now = int(features.step[begins]), int(features.step[row])
    sentence = (
        f"The loss rose to {features.loss[jump]:.4g} at step {features.step[jump]}, {times:.3g} times the "
        f"highest loss before ({highest:.4g}); from {ratio:g} times nothing is waited for."
    )
    return Seen(first, now, now, times, ratio), sentence
