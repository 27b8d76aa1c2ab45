"""What training costs."""

from datetime import date
from decimal import Decimal

from finetune_guard.core.cost import cost_of, price_source
from finetune_guard.core.plans import Price, TokenRange


def test_a_cost_is_exact_and_rounded_to_a_hundredth_of_a_cent() -> None:
    cost = cost_of(TokenRange(53_318, 53_318), 1, Price(Decimal("0.0033"), "a bill"))
    assert cost is not None
    assert cost.low == cost.middle == cost.high == Decimal("0.1759")


def test_the_range_follows_the_tokens() -> None:
    cost = cost_of(TokenRange(1_000_000, 4_000_000), 1, Price(Decimal("0.001"), "a list"))
    assert cost is not None
    assert (cost.low, cost.middle, cost.high) == (Decimal(1), Decimal(2), Decimal(4))


def test_without_a_price_there_is_no_cost() -> None:
    assert cost_of(TokenRange(1, 2), 1, None) is None


def test_a_price_says_from_whom_and_when() -> None:
    assert price_source(Price(Decimal(1), "Price List API", date(2026, 8, 2))) == "Price List API, 2026-08-02"
    assert price_source(Price(Decimal(1), "memory")) == "memory"
