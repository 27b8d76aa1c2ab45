"""The budget acts before each job: one cent too little at each border of a run, and just enough."""

from decimal import Decimal

import pytest

from finetune_guard.core.affording import leaves_too_little, over_budget
from finetune_guard.core.decisions import DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.plans import Plan, Stage
from finetune_guard.core.spending import at_most_spent
from tests.builders import (
    SWEEP,
    broken,
    closed,
    completed,
    ended_as,
    plan,
    run,
    segmented,
    stage_plan,
    swept,
)
from tests.playing import Nature, losses, played, scripted

CENT = Decimal("0.01")
EDGE = losses(rehearsal_0_0=1.5, rehearsal_1_0=1.2, rehearsal_2_0=1.8, rehearsal_3_0=1.1)
#: Rehearsals cost one dollar, the probe ten cents, segments three dollars each.
LONG = segmented(3, probe=True, sweep=SWEEP)


def with_budget(of: Plan, dollars: Decimal) -> Plan:
    return plan(
        rehearsal=of.rehearsal, full=of.full, sweep=of.sweep, segments=of.segments, budget_usd=dollars
    )


@pytest.mark.parametrize(
    ("enough", "first_missing"),
    [
        ("1.00", "rehearsal-0-0"),
        ("2.00", "rehearsal-1-0"),
        ("3.00", "rehearsal-2-0"),
        ("3.10", "probe-0-0"),
        ("6.10", "segment-1-0-0"),
    ],
)
def test_a_cent_too_little_before_there_is_a_good_segment_refuses_the_run(
    enough: str, first_missing: str
) -> None:
    nature = losses(rehearsal_0_0=1.0, rehearsal_1_0=1.5, rehearsal_2_0=1.5)
    short = played(run(plan=with_budget(LONG, Decimal(enough) - CENT)), nature)
    assert first_missing not in [job.key.short for job in short.run.jobs]
    assert (short.finish.decision.policy, short.finish.status) == ("budget.reached", RunStatus.REFUSED)
    assert short.finish.kept == ""
    just = played(run(plan=with_budget(LONG, Decimal(enough))), nature)
    assert first_missing in [job.key.short for job in just.run.jobs]


@pytest.mark.parametrize(
    ("enough", "missing", "kept"),
    [("9.10", "segment-2-0-0", "segment-1-0-0"), ("12.10", "segment-3-0-0", "segment-2-0-0")],
)
def test_a_cent_too_little_after_a_good_segment_keeps_the_best_model(
    enough: str, missing: str, kept: str
) -> None:
    nature = losses(rehearsal_0_0=1.0, rehearsal_1_0=1.5, rehearsal_2_0=1.5)
    short = played(run(plan=with_budget(LONG, Decimal(enough) - CENT)), nature)
    assert missing not in [job.key.short for job in short.run.jobs]
    assert (short.finish.decision.kind, short.finish.decision.policy) == (
        DecisionKind.KEEP_BEST,
        "budget.reached",
    )
    assert (short.finish.status, short.finish.kept) == (RunStatus.COMPLETED, kept)
    just = played(run(plan=with_budget(LONG, Decimal(enough))), nature)
    assert missing in [job.key.short for job in just.run.jobs]


def test_of_a_pair_as_many_are_created_as_can_be_paid() -> None:
    story = played(run(plan=swept(budget_usd=Decimal("1.99"))), EDGE)
    assert story.rounds == (("rehearsal-0-0",),)


def test_the_refinement_leaves_room_for_probe_and_segments() -> None:
    refined = "rehearsal-3-0"
    tight = played(run(plan=with_budget(LONG, Decimal("13.10") - CENT)), EDGE)
    assert refined not in [job.key.short for job in tight.run.jobs]
    assert tight.finish.kept == "segment-3-0-0"
    just = played(run(plan=with_budget(LONG, Decimal("13.10"))), EDGE)
    assert refined in [job.key.short for job in just.run.jobs]
    assert just.finish.kept == "segment-3-0-0"


def test_a_segment_is_done_again_only_where_it_can_be_paid_and_else_the_best_is_kept() -> None:
    nature = scripted(segment_2_0_0=lambda job: broken(job, step=10))
    short = played(run(plan=segmented(2, budget_usd=Decimal("9.99"))), nature)
    assert (short.finish.decision.policy, short.finish.kept) == ("budget.reached", "segment-1-0-0")
    just = played(run(plan=segmented(2, budget_usd=Decimal("10.00"))), nature)
    assert just.finish.kept == "segment-2-1-0"


def stopped(job: JobRecord) -> JobRecord:
    return ended_as(job, JobStatus.STOPPED)


@pytest.mark.parametrize("nature", [closed, broken, stopped], ids=["closed", "broken", "stopped"])
@pytest.mark.parametrize("cents", range(50, 1400, 75))
def test_what_may_have_been_spent_is_never_above_the_budget(nature: Nature, cents: int) -> None:
    story = played(run(plan=with_budget(LONG, cents * CENT)), nature)
    spent = at_most_spent(story.run)
    assert spent is not None
    assert spent <= cents * CENT


def test_a_stopped_job_counts_in_full() -> None:
    half = ended_as(completed(), JobStatus.STOPPED)
    of = run(plan=plan(budget_usd=Decimal("9.99")), jobs=(half,))
    assert over_budget(of, plan(budget_usd=Decimal("9.99")), stage_plan()) is not None
    assert over_budget(of, plan(budget_usd=Decimal("10.00")), stage_plan()) is None


def test_a_job_that_was_never_created_costs_nothing() -> None:
    refused = ended_as(completed(), JobStatus.REFUSED)
    of = run(plan=plan(budget_usd=Decimal("9.00")), jobs=(refused,))
    assert over_budget(of, plan(budget_usd=Decimal("9.00")), stage_plan()) is None


def test_the_sentence_names_part_price_and_budget() -> None:
    over = over_budget(run(), plan(budget_usd=Decimal("1.50")), stage_plan(Stage.REHEARSAL), before=1)
    assert over is not None
    assert "The rehearsal would cost about $1.00, with up to $1.00 spent already" in over.reason
    assert "budget_usd is 1.50" in over.reason


def test_without_a_budget_or_a_price_nothing_is_kept_back_for_the_rest() -> None:
    rehearsal = stage_plan(Stage.REHEARSAL)
    assert not leaves_too_little(run(), plan(), rehearsal)
    unpriced = stage_plan(Stage.REHEARSAL, estimated_usd=None)
    assert not leaves_too_little(run(), plan(budget_usd=Decimal(1)), unpriced)
