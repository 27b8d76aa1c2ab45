"""What training costs."""

from datetime import date
from decimal import Decimal

from finetune_guard.core.cost import CostRange, cost_of, price_of, price_source, price_words, total
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


ONE = CostRange(Decimal(1), Decimal(2), Decimal(4))


def test_a_total_is_known_when_every_part_is() -> None:
    assert total((ONE, ONE)) == CostRange(Decimal(2), Decimal(4), Decimal(8))
    assert total((ONE, None)) is None
    assert total(()) is None


def test_ones_own_price_wins_over_the_catalogue_and_says_whose_it_is() -> None:
    listed = Price(Decimal("0.002"), "a list", date(2026, 8, 2))

    assert price_of(listed, None) is listed
    assert price_words(price_of(listed, Decimal("0.0080"))) == "$0.008 per 1,000 tokens, given by you"
    assert price_words(price_of(None, None)) == "no price known"


def test_a_round_price_is_told_without_an_exponent() -> None:
    assert price_words(Price(Decimal("1E+1"), "a list")) == "$10 per 1,000 tokens, a list"
