"""What is wrong with price and budget, and the way out of it."""

from decimal import Decimal

import pytest

from finetune_guard.core.budget import judge_money
from finetune_guard.core.config import RunOrders
from finetune_guard.core.cost import price_of
from finetune_guard.core.decisions import Mode
from finetune_guard.core.plans import Price
from finetune_guard.core.runs import Problem
from tests.core.test_estimating import PRICE, base, estimated


def judged(
    budget: str | None, mode: Mode = Mode.REHEARSE_THEN_RUN, price: Price | None = PRICE
) -> tuple[Problem, ...]:
    return judge_money(base(), estimated(mode, price=price), Decimal(budget) if budget else None)


def test_without_a_price_it_is_said_how_to_give_one() -> None:
    [problem] = judged(None, price=None)

    assert (problem.code, problem.severity) == ("CO003", "info")
    assert '"price_per_1k_tokens_usd": ' in problem.suggestion


def test_a_budget_without_a_price_is_refused_with_both_ways_out() -> None:
    [problem] = judged("5", price=None)

    assert (problem.code, problem.severity, problem.key) == ("CO001", "error", "budget_usd")
    assert '"price_per_1k_tokens_usd": ' in problem.suggestion
    assert "leave budget_usd out" in problem.suggestion


@pytest.mark.parametrize(
    ("mode", "low"),
    [
        (Mode.MINI_RUN, "0.0100"),
        (Mode.FULL_RUN, "0.2000"),
        (Mode.REHEARSE_THEN_RUN, "0.2100"),
    ],
)
def test_a_budget_is_held_to_the_lowest_estimate_of_all_that_the_machine_runs(mode: Mode, low: str) -> None:
    assert judged(low, mode) == ()
    [problem] = judged(str(Decimal(low) - Decimal("0.0001")), mode)

    assert (problem.code, problem.severity) == ("CO002", "error")
    assert f"Set budget_usd to {low} at least" in problem.suggestion
    assert "$0.001 per 1,000 tokens, a test" in problem.source


def test_who_cannot_pay_for_both_is_told_what_the_rehearsal_costs() -> None:
    [problem] = judged("0.05")

    assert problem.message.startswith("The rehearsal and the full run cost $0.21 at least")
    assert "the rehearsal alone (MiniRun, mini-run) costs about $0.0141" in problem.suggestion


def of_shape(budget: str, *, sweep: bool = False, segments: int | None = None) -> tuple[Problem, ...]:
    found = estimated(sweep=sweep, run=RunOrders(segments=segments))
    return judge_money(base(), found, Decimal(budget))


def test_every_rate_of_a_sweep_counts() -> None:
    assert of_shape("0.2300", sweep=True) == ()
    [problem] = of_shape("0.2299", sweep=True)

    assert problem.message.startswith("3 rehearsals and the full run cost $0.23 at least")
    assert "the 3 rehearsals alone (MiniRun, mini-run) cost about $0.0423" in problem.suggestion


def test_the_probe_and_every_segment_count() -> None:
    assert of_shape("0.2108", segments=2) == ()
    [problem] = of_shape("0.2107", segments=2)

    assert problem.message.startswith("The rehearsal, the probe and 2 segments cost $0.21 at least")


@pytest.mark.parametrize(("given", "warned"), [("0.02", True), ("0.0002", True), ("0.019", False)])
def test_ones_own_price_ten_times_off_is_taken_for_a_slip_of_the_unit(given: str, warned: bool) -> None:
    codes = {problem.code for problem in judged(None, price=price_of(base().price, Decimal(given)))}

    assert codes == ({"CO004"} if warned else set())
