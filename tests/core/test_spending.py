from dataclasses import replace
from decimal import Decimal

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.jobs import JobStatus, Phase, Phases, PhaseStatus
from finetune_guard.core.plans import Stage
from finetune_guard.core.spending import saved_by, spent_by, spent_on
from tests.builders import completed, plan, run, running

STALLED = Phases(training=Phase(PhaseStatus.NOT_STARTED))


def test_a_completed_job_costs_its_estimate() -> None:
    assert spent_on(completed()).usd == Decimal("1.0000")


def test_a_stopped_job_with_a_curve_costs_the_share_it_trained() -> None:
    job = running(stage=Stage.FULL, status=JobStatus.STOPPED, seen=CurveSeen(rows=25, last_step=25))
    spent = spent_on(job)
    assert (spent.usd, spent.upper_bound) == (Decimal("2.2500"), False)


def test_a_stopped_job_without_a_curve_counts_in_full_as_an_upper_bound() -> None:
    spent = spent_on(running(stage=Stage.FULL, status=JobStatus.STOPPED))
    assert (spent.usd, spent.upper_bound) == (Decimal("9.0000"), True)


def test_a_job_that_never_trained_costs_nothing() -> None:
    assert spent_on(running(status=JobStatus.STOPPED, phases=STALLED)).usd == 0
    assert spent_on(running(status=JobStatus.FAILED, phases=STALLED)).tokens == 0


def test_saved_is_the_plan_less_what_was_spent() -> None:
    refused = run(jobs=(completed(too_hot=True), completed(candidate=1, too_hot=True)))
    assert spent_by(refused).usd == Decimal("2.0000")
    assert saved_by(refused) == Decimal("8.0000")


def test_without_a_price_nothing_is_claimed() -> None:
    free = plan(price=None)
    unpriced = run(plan=replace(free, full=replace(free.full, estimated_usd=None)))  # type: ignore[type-var]
    assert spent_by(unpriced).usd is None
    assert saved_by(unpriced) is None
