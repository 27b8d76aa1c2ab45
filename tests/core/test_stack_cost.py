"""What the stack itself costs."""

from decimal import Decimal

from finetune_guard.core.stack_cost import ALARM, USES, stack_cost
from tests.core.cost_page import PAGE, page


def test_the_page_says_what_the_module_computes() -> None:
    written = PAGE.read_text("utf-8")

    assert page(written) == written, "write it anew: python -m tests.core.cost_page"
    assert "<!-- made -->\n<!-- /made -->" not in written


def test_an_idle_stack_costs_little_within_the_free_tier_and_a_few_dollars_at_list_price() -> None:
    cost = stack_cost(0)

    assert Decimal(0) < cost.idle_low_usd_per_month < Decimal("0.1")
    assert Decimal(7) < cost.idle_high_usd_per_month < Decimal(8)


def test_an_hour_more_costs_what_an_hour_costs() -> None:
    hour = sum(use.price.of(use.job_hour) for use in USES)

    more = stack_cost(101).run_usd - stack_cost(1).run_usd
    assert abs(more - 100 * hour) <= Decimal("0.0001")


def test_what_several_parts_use_of_one_price_is_free_once() -> None:
    used = sum(use.idle for use in USES if use.price == ALARM)

    assert used <= ALARM.free
