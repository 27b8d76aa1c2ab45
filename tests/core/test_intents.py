from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.intents import intent
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.moves import Candidate, Try
from finetune_guard.core.names import JobKey
from finetune_guard.core.plans import LearningRate, Plan, Stage, StagePlan
from tests.builders import START, closed, plan, probe_plan, run, segment_plan, segmented, stage_plan

RATE = LearningRate("learningRate", Decimal("0.0001"), Decimal("0.000005"), Decimal("0.01"))


def made(
    stage: StagePlan, rate: LearningRate | None = RATE, of: Plan | None = None, **wanted: object
) -> JobRecord:
    asked = replace(Try(stage, ()), **wanted)  # type: ignore[arg-type]
    return intent(run(attempt=2), of or plan(), asked, Candidate(1, rate), START)


def rate_of(job: JobRecord) -> str:
    return job.request.hyperparameters["learningRate"]


def test_the_key_has_part_candidate_and_attempt_and_all_names_come_from_it() -> None:
    job = made(segment_plan(2))
    assert job.key == JobKey(run().run_id, Stage.FULL, 1, 2, 2)
    assert job.key.short == "segment-2-1-2"
    assert (job.request.token, job.request.job_name) == (job.key.token, job.key.job_name)
    assert (job.status, job.intended_at, job.arn) == (JobStatus.INTENDED, START, None)


def test_the_same_question_gives_the_same_names_and_another_gives_others() -> None:
    first = made(segment_plan(2)).request
    assert first == made(segment_plan(2)).request
    others = [made(segment_plan(3)), made(stage_plan()), made(probe_plan())]
    assert len({first.token, *(other.request.token for other in others)}) == 4


def test_the_tags_name_run_and_part_and_keep_the_users_own() -> None:
    tags = made(segment_plan(2), of=plan(tags={"team": "search"})).request.tags
    assert tags == {
        "team": "search",
        "finetune-guard:run": run().run_id,
        "finetune-guard:stage": "segment-2",
    }


def test_a_rate_other_than_the_plans_is_sent_and_nothing_else_changes() -> None:
    job = made(stage_plan(), RATE.at(Decimal("0.00003")))
    assert job.request.hyperparameters == {"epochCount": "1", "learningRate": "0.00003"}


def test_the_plans_own_rate_is_sent_exactly_as_it_was_written() -> None:
    written = stage_plan(hyperparameters={"learningRate": "1e-4"})
    assert made(written).request.hyperparameters == {"learningRate": "1e-4"}


def test_a_base_without_a_rate_is_sent_what_the_plan_has() -> None:
    job = made(segment_plan(2, rate_share=Decimal("0.5")), None, plan(learning_rate=None))
    assert rate_of(job) == "0.0001"


@pytest.mark.parametrize(
    ("run_rate", "share", "sent"),
    [
        ("0.0001", "0.667", "0.0000667"),
        ("0.0000333", "0.5", "0.0000166"),
        ("0.000006", "0.1", "0.000005"),
    ],
)
def test_a_segment_is_sent_its_share_of_the_runs_rate_never_below_what_the_base_takes(
    run_rate: str, share: str, sent: str
) -> None:
    job = made(segment_plan(2, rate_share=Decimal(share)), RATE.at(Decimal(run_rate)))
    assert rate_of(job) == sent


def test_a_rate_is_never_sent_as_a_power_of_ten() -> None:
    assert rate_of(made(stage_plan(), RATE.at(Decimal("1E-5")))) == "0.00001"


def test_the_first_part_starts_from_the_base_and_a_later_one_from_the_model_before() -> None:
    assert made(segment_plan(1)).request.start_from == ""
    before = closed(made(segment_plan(1)))
    job = made(segment_plan(2), start=before, before=(before,))
    assert job.request.start_from == before.model_arn
    assert job.request.base_model_id == plan().base_model_id
    assert job.orders.before == (before.request.job_name,)


def test_only_a_segment_knows_the_steps_of_the_whole_run() -> None:
    of = segmented(3)
    assert made(segment_plan(2), of=of).orders.run_steps == 300
    assert made(stage_plan(Stage.REHEARSAL), of=of).orders.run_steps is None


def test_the_watch_is_told_what_the_plan_orders_for_this_part() -> None:
    of = plan(max_hours=3, thresholds={"loss_spike.ratio": 2.0})
    orders = made(segment_plan(2, records=40, epochs=2, planned_steps=7), of=of).orders
    assert (orders.max_hours, orders.thresholds) == (3, {"loss_spike.ratio": 2.0})
    assert (orders.planned_steps, orders.records, orders.epochs) == (7, 40, 2)
    assert orders.tokens == segment_plan(2).tokens.middle * 2
    assert orders.estimated_usd == Decimal("3.00")


@pytest.mark.parametrize(
    ("stage", "throw_away"),
    [(segment_plan(1), True), (probe_plan(), True), (stage_plan(), False)],
)
def test_whether_the_model_is_thrown_away_is_the_plans(stage: StagePlan, throw_away: bool) -> None:
    assert made(stage).throw_away is throw_away
