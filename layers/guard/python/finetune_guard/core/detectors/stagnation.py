"""Stagnation: the loss stays flat above what it should reach."""

import numpy as np

from finetune_guard.core.detectors.base import Flags, Rule, Seen, Trace, severity_of, statuses
from finetune_guard.core.detectors.features import Features
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.limits import StagnationLimits
from finetune_guard.core.metrics.series import Floats
from finetune_guard.core.thresholds import ThresholdPack

RULE = Rule(Signal.STAGNATION, "1")
ADVICE = (
    "The model answers at random: raise the learning rate if it is low, lower it if the loss rose first, "
    "and check that prompts and completions belong together."
)
#: ln K for K answers that are all as likely: classes, and the vocabularies of models that are fine-tuned.
CHANCE_LEVELS = np.log([2, 3, 4, 5, 6, 8, 10, 20, 100, 1_000, 32_000, 50_257, 128_256, 151_936, 256_000])
#: Rows of the beginning that the later ones are compared with.
FIRST_ROWS = 5


def trace(features: Features, pack: ThresholdPack) -> Trace:
    """Whether the loss has stood at a chance level from the start, at each finite row.

    A flat loss by itself proves nothing: a model that already knows its data, or one that goes on training,
    is flat, too (labelling rule R7). So flatness counts only at ln K, where answering at random stands; this
    is the one rule that is not free of scale.
    """
    limits = pack.stagnation
    rows = np.arange(1, len(features) + 1)
    enough = rows >= limits.minimum_points
    mean = np.cumsum(features.loss) / rows
    level, gained = _nearest_chance(mean), _gained(features)
    now = np.exp(features.smooth - features.level[:1]) * features.loss[:1]
    at_chance = _near(mean, level, limits.chance_band) & _near(now, level, limits.chance_band)
    late = features.progress > limits.share
    certain = enough & late & at_chance & (gained < limits.improvement)
    status = statuses(enough, np.zeros_like(certain), certain)

    def describe(row: int) -> Finding:
        severity = severity_of(status[row], limits.severity)
        return RULE.finding(
            severity, *_told(features, float(level[row]), float(gained[row]), row, limits), ADVICE
        )

    return Trace(RULE.signal, features.step, status, rows, limits.minimum_points, describe)


def _near(loss: Floats, level: Floats, band: float) -> Flags:
    near: Flags = np.abs(loss / level - 1.0) < band
    return near


def _nearest_chance(mean: Floats) -> Floats:
    middles = (CHANCE_LEVELS[1:] + CHANCE_LEVELS[:-1]) / 2
    nearest: Floats = CHANCE_LEVELS[np.searchsorted(middles, mean)]
    return nearest


def _gained(features: Features) -> Floats:
    """Share of the first rows' lowest level that the lowest level since has gained."""
    if len(features) == 0:
        return features.level
    best = np.minimum.accumulate(features.recent)
    first = best[np.minimum(np.arange(len(best)), FIRST_ROWS - 1)]
    gained: Floats = 1.0 - np.exp(best - first)
    return gained


def _told(
    features: Features, level: float, gained: float, row: int, limits: StagnationLimits
) -> tuple[Seen, str]:
    classes = round(float(np.exp(level)))
    first, now = int(features.step[0]), int(features.step[row])
    sentence = (
        f"After {row + 1} rows the loss has stood near {level:.4g}, what random answers among {classes} "
        f"give, from the first step on; it gained {gained:.1%} (less than {limits.improvement:.0%} is flat)."
    )
    return Seen(first, now, now, gained, limits.improvement), sentence
