"""Rules about the rates of a sweep: each is judged as the learning rate itself would be."""

from collections.abc import Iterator
from dataclasses import replace

from finetune_guard.core.hyperparameters.base_model import plain_number
from finetune_guard.core.hyperparameters.rate_rules import (
    BOLD_MULTIPLIER,
    HIGH_RATE,
    LOW_RATE,
    RATE_BESIDE_VALIDATION,
)
from finetune_guard.core.hyperparameters.rule import AWS_HP, Complaint, Rule, Setting, rule
from finetune_guard.core.hyperparameters.value_rules import OUT_OF_RANGE
from finetune_guard.core.sources import JUDGEMENT

#: The config's key for the rates.
SWEEP = "rehearsal.sweep"


@rule("HP034", "error", AWS_HP)
def _illegal_in_sweep(setting: Setting) -> Iterator[Complaint]:
    """A rate of rehearsal.sweep is outside the range of the base."""
    yield from _of_each(setting, OUT_OF_RANGE)


@rule(
    "HP035",
    "warning",
    f"{JUDGEMENT}, as for the rate itself (HP030, HP031, HP032)",
    "judgement",
    also=("error", "info"),
    standing=HIGH_RATE.standing,
)
def _unusual_in_sweep(setting: Setting) -> Iterator[Complaint]:
    """A rate of rehearsal.sweep that HP030, HP031 or HP032 would complain of as the run's own rate."""
    yield from _of_each(setting, HIGH_RATE, LOW_RATE, BOLD_MULTIPLIER)


@rule("HP036", "warning", AWS_HP)
def _sweep_beside_validation(setting: Setting) -> Iterator[Complaint]:
    """Cohere: a sweep of learning rates together with a validation file; AWS says not to give one then."""
    yield from tuple(_of_each(setting, RATE_BESIDE_VALIDATION))[:1]


def _of_each(setting: Setting, *rules: Rule) -> Iterator[Complaint]:
    """What rules say of each rate, told of the sweep; of the rate itself only."""
    key = setting.base.rate_key or ""
    for text in map(plain_number, setting.sweep if key else ()):
        tried = replace(setting, values={**setting.values, key: text}, sweep=())
        yield from (
            _told(found, entry, text) for entry in rules for found in entry.judge(tried) if found.key == key
        )


def _told(found: Complaint, entry: Rule, rate: str) -> Complaint:
    severity, source = found.severity or entry.severity, found.source or entry.source
    return replace(found, key=SWEEP, given=rate, severity=severity, source=source)


SWEEP_RULES = (_illegal_in_sweep, _unusual_in_sweep, _sweep_beside_validation)
