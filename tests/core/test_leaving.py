from dataclasses import replace
from decimal import Decimal

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.keeping import RESUMABLE
from finetune_guard.core.leaving import Fate, left_by
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from tests import builders, example_runs


def fates(run: Run, arn: str | None) -> dict[str, Fate]:
    return {model.part: model.fate for model in left_by(run, arn).models}


def test_the_kept_model_stays_with_its_cost_a_month_and_the_others_go_at_once() -> None:
    run = example_runs.keep_best()
    left = left_by(run, run.jobs[3].model_arn)
    assert fates(run, run.jobs[3].model_arn) == {
        "rehearsal": Fate.DELETED_LATER,
        "probe": Fate.DELETED_LATER,
        "segment-1": Fate.DELETED_LATER,
        "segment-2": Fate.KEPT,
        "segment-3": Fate.DELETED_LATER,
    }
    assert {m.delete_after for m in left.models if m.fate is Fate.DELETED_LATER} == {run.ended_at}
    assert left.usd_per_month == Decimal("1.95")


def test_what_a_resumed_run_would_start_from_stays_as_long_as_it_can_be_resumed() -> None:
    run = replace(example_runs.ended_by_a_person(), kept="")
    assert run.ended_at
    (first,) = (model for model in left_by(run, None).models if model.part == "segment-1")
    assert (first.fate, first.delete_after) == (Fate.DELETED_LATER, run.ended_at + RESUMABLE)


def test_the_model_of_a_full_run_that_diverged_is_told_as_not_to_be_used() -> None:
    run = builders.run(
        status=RunStatus.REFUSED,
        ended_at=builders.later(hours=2),
        jobs=(builders.completed(stage=Stage.FULL, verdict=VerdictKind.DIVERGED),),
    )
    assert fates(run, None) == {"full": Fate.NOT_TO_BE_USED}


def test_a_job_that_still_runs_is_told_with_what_it_may_come_to() -> None:
    run = builders.run(jobs=(builders.running(stage=Stage.FULL),))
    (job,) = left_by(run, None).running
    assert (job.part, job.usd) == ("full", Decimal("9.0000"))


def test_a_deleted_model_is_not_left() -> None:
    run = builders.run(jobs=(builders.completed(model_deleted_at=builders.START),))
    assert left_by(run, None).models == ()


def test_what_keeping_costs_is_not_known_where_no_base_tells_it() -> None:
    run = builders.run(jobs=(builders.completed(stage=Stage.FULL),))
    assert left_by(run, run.jobs[0].model_arn).usd_per_month is None
