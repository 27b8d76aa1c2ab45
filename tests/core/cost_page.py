"""`python -m tests.core.cost_page`: writes the tables of docs/cost.md from core/stack_cost.py."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from finetune_guard.core.stack_cost import AS_OF, USES, ListPrice, Use, stack_cost

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
_MADE = re.compile(r"(?<=<!-- made -->\n).*?(?=<!-- /made -->)", re.DOTALL)


def page(text: str) -> str:
    """The page with its tables made anew."""
    return _MADE.sub(lambda _: "\n".join(_tables()) + "\n", text)


def _tables() -> Iterator[str]:
    cost = stack_cost(4)
    yield f"| part (list prices of {AS_OF}, US East) | idle, a month | each job and hour | each run |"
    yield "|---|---|---|---|"
    for use in USES:
        yield _row(use.what, *_costs(use))
    together = [_usd(sum(column)) for column in zip(*_amounts(), strict=True)]
    yield _row("**together, at list price**", *together)
    yield ""
    low, high = _usd(cost.idle_low_usd_per_month), _usd(cost.idle_high_usd_per_month)
    yield f"Idle it costs {low} a month where nothing else uses the always-free tier, {high} at list price."
    yield f"A run whose jobs are watched for four hours in all costs {_usd(cost.run_usd)}."
    yield ""
    yield "| unit | list price | always free, a month | source |"
    yield "|---|---|---|---|"
    for price in dict.fromkeys(use.price for use in USES):
        yield _row(price.unit, _list_price(price), f"{price.free:,}", price.source)


def _amounts() -> list[tuple[Decimal, Decimal, Decimal]]:
    return [(use.price.of(use.idle), use.price.of(use.job_hour), use.price.of(use.run)) for use in USES]


def _costs(use: Use) -> tuple[str, ...]:
    price = use.price
    return tuple(_usd(price.of(units)) if units else "" for units in (use.idle, use.job_hour, use.run))


def _usd(amount: Decimal | int) -> str:
    if 0 < amount < Decimal("0.0001"):
        return "under $0.0001"
    return f"${amount:.4f}" if amount < Decimal("0.1") else f"${amount:.2f}"


def _list_price(price: ListPrice) -> str:
    return f"${price.usd}" + (f" for {price.per:,}" if price.per > 1 else "")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
