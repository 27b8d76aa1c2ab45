"""What training and keeping a model cost. Bedrock bills tokens trained × price (docs/bedrock.md, 7)."""

from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.plans import Price, TokenRange
from finetune_guard.core.spending import CENT


@dataclass(frozen=True, slots=True)
class CostRange:
    """US dollars of a job, from the range of its tokens.

    Attributes:
        low: At the fewest tokens.
        middle: At the middle of the range; what plans and budgets count with.
        high: At the most tokens.
    """

    low: Decimal
    middle: Decimal
    high: Decimal


def cost_of(tokens: TokenRange, epochs: int, price: Price | None) -> CostRange | None:
    """What `epochs` passes over so many tokens cost; None where no price is known."""
    if price is None:
        return None
    low, middle, high = (
        (Decimal(count) * epochs * price.usd_per_1k_tokens / 1000).quantize(CENT)
        for count in (tokens.low, tokens.middle, tokens.high)
    )
    return CostRange(low, middle, high)


def price_source(price: Price) -> str:
    """Who says so and when, for a person."""
    return f"{price.source}, {price.as_of}" if price.as_of else price.source
