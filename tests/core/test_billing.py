from dataclasses import replace
from decimal import Decimal

from finetune_guard.core.billing import cost_result, spent_words
from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from tests import builders, example_runs


def stopped(rows: int) -> Run:
    seen = CurveSeen(rows=rows, last_step=rows or None)
    job = builders.running(stage=Stage.FULL, status=JobStatus.STOPPED, seen=seen, closed=True)
    return builders.run(jobs=(builders.completed(), job), status=RunStatus.STOPPED)


def test_the_estimate_by_rows_stands_beside_the_upper_bound() -> None:
    cost = cost_result(stopped(rows=50))
    assert (cost.spent_usd, cost.spent_at_most_usd) == (Decimal("5.5000"), Decimal("10.00"))
    assert spent_words(cost) == "about $5.50 (at most $10.00)"


def test_a_stopped_job_without_rows_is_said_to_be_an_upper_bound() -> None:
    assert spent_words(cost_result(stopped(rows=0))) == "at most $10.00"


def test_what_was_saved_is_told_with_its_figures() -> None:
    assert cost_result(stopped(rows=50)).saved_how == (
        "The 2 planned jobs would have cost about $10.00; about $5.50 (at most $10.00) was paid, "
        "so about $4.50 was not spent ($0.00 at least)."
    )


def test_a_run_that_ends_after_a_segment_saves_the_rest_of_its_plan() -> None:
    cost = cost_result(example_runs.keep_best())
    assert (cost.estimated_usd, cost.spent_usd, cost.saved_usd) == (
        Decimal("13.50"),
        Decimal("10.50"),
        Decimal("3.00"),
    )


def test_a_run_that_did_all_it_planned_saved_nothing() -> None:
    run = builders.run(
        jobs=(builders.completed(), builders.completed(stage=Stage.FULL)), status=RunStatus.COMPLETED
    )
    assert (cost_result(run).saved_usd, cost_result(run).saved_how) == (Decimal(0), "")


def test_nothing_is_said_to_be_saved_while_a_run_goes_on() -> None:
    cost = cost_result(builders.run(jobs=(builders.running(),)))
    assert (cost.saved_usd, cost.saved_how) == (Decimal(0), "")


def test_without_a_price_only_tokens_are_told() -> None:
    jobs = tuple(
        replace(job, orders=replace(job.orders, estimated_usd=None)) for job in (builders.completed(),)
    )
    cost = cost_result(builders.run(jobs=jobs, plan=builders.plan(price=None), status=RunStatus.COMPLETED))
    assert (cost.spent_usd, cost.spent_at_most_usd, cost.saved_usd) == (None, None, None)
    assert "tokens" in spent_words(cost)
