"""The learning rates that a sweep of rehearsals tries: the advised one, a third of it and three times it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.hyperparameters.base_model import BATCH, BaseModel, plain_number
from finetune_guard.core.hyperparameters.rate_rules import (
    HIGH_MULTIPLIER,
    MULTIPLIER,
    SMALL_BATCH,
    rate_lines,
)
from finetune_guard.core.hyperparameters.steps import value_of


@dataclass(frozen=True, slots=True)
class RateGrid:
    """Rates to compare by the validation loss of one rehearsal each.

    Attributes:
        key: "learningRate" or "learningRateMultiplier".
        values: Text, as Bedrock takes it, rising; legal, and none that would warn.
        reason: Why these.
    """

    key: str
    values: tuple[str, ...]
    reason: str = (
        "A third of the advised rate, the rate, and three times it, as far as the base and published recipes "
        "allow (derived; docs/bedrock.md, 8.2)."
    )


def rate_grid(base: BaseModel, values: Mapping[str, str]) -> RateGrid | None:
    """Rates around the one in `values`; None where none is set there, since then the service chooses."""
    key = base.rate_key
    rate = value_of(base, values, key) if key and key in values else None
    if key is None or rate is None:
        return None
    least, most = base.knobs[key].minimum or Decimal(0), _most(base, values, key)
    tried = (max(least, min(most, _short(rate * factor))) for factor in (1 / Decimal(3), 1, 3))
    return RateGrid(key, tuple(plain_number(value) for value in dict.fromkeys(tried)))


def _most(base: BaseModel, values: Mapping[str, str], key: str) -> Decimal:
    """The highest rate that is legal and does not warn."""
    legal = base.knobs[key].maximum or Decimal("Infinity")
    if key == MULTIPLIER:
        batch = value_of(base, values, BATCH)
        return min(legal, HIGH_MULTIPLIER) if batch is not None and batch < SMALL_BATCH else legal
    lines = rate_lines(base)
    return min(legal, lines.warn) if lines else legal


def _short(value: Decimal) -> Decimal:
    """Two digits are as many as a rate is worth."""
    return Decimal(f"{value:.1e}")
