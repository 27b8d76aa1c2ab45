"""What training and keeping a model cost. Bedrock bills tokens trained × price (docs/bedrock.md, 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.plans import Price, TokenRange
from finetune_guard.core.spending import CENT

#: The config's key for one's own price.
PRICE_KEY = "price_per_1k_tokens_usd"
GIVEN = "given by you"
#: How a price becomes known; the figure is an example of the form only.
HOW_TO_GIVE = f'Give your own price for 1,000 trained tokens, such as "{PRICE_KEY}": 0.002.'


@dataclass(frozen=True, slots=True)
class CostRange:
    """US dollars, from the range of the tokens.

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


def total(costs: Iterable[CostRange | None]) -> CostRange | None:
    """What all of them cost together; None where one is not known, or there is none."""
    every = tuple(costs)
    known = [cost for cost in every if cost is not None]
    if not known or len(known) < len(every):
        return None
    return CostRange(
        low=sum((cost.low for cost in known), Decimal(0)),
        middle=sum((cost.middle for cost in known), Decimal(0)),
        high=sum((cost.high for cost in known), Decimal(0)),
    )


def price_of(listed: Price | None, given: Decimal | None) -> Price | None:
    """The price that counts: the user's own, else the catalogue's."""
    return listed if given is None else Price(given, GIVEN)


def price_source(price: Price) -> str:
    """Who says so and when, for a person."""
    return f"{price.source}, {price.as_of}" if price.as_of else price.source


def price_words(price: Price | None) -> str:
    """The price with its source and date, for a person."""
    if price is None:
        return "no price known"
    return f"${price.usd_per_1k_tokens.normalize():f} per 1,000 tokens, {price_source(price)}"
