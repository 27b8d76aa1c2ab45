from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.destroying import Storage, left_behind
from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.leaving import Fate
from finetune_guard.core.plans import Stage
from tests import builders, example_runs

STORAGE = Storage("runs", "bucket", "retain")
RUNNING = builders.run(jobs=(builders.running(stage=Stage.FULL),))
[JOB] = RUNNING.jobs


@pytest.mark.fault(91)
@pytest.mark.parametrize(("live", "seen"), [({}, "InProgress, by our record"), ("Stopping", "Stopping")])
def test_a_job_that_runs_is_told_with_its_cost_and_what_stops_it_with_and_without_the_stack(
    live: dict[str, str] | str, seen: str
) -> None:
    told = live if isinstance(live, dict) else {JOB.identifier: live}
    found = left_behind([RUNNING], told, STORAGE)
    [left] = found.running
    assert not found.safe
    assert (left.part, left.job_name, left.seen) == ("full", JOB.request.job_name, seen)
    assert left.usd_at_end == Decimal("9.0000")
    assert left.stop == f"finetune-guard stop {RUNNING.run_id}"
    assert left.stop_without_stack.endswith(f"--job-identifier {JOB.arn}")
    assert found.waiting_runs == ()


@pytest.mark.parametrize("word", ["Completed", "Failed", "Stopped", ""])
def test_a_job_that_is_over_by_the_services_own_word_does_not_run_whatever_our_record_says(word: str) -> None:
    found = left_behind([RUNNING], {JOB.identifier: word}, STORAGE)
    assert found.running == ()
    assert found.waiting_runs == (RUNNING.run_id,)


def test_an_open_run_without_a_job_may_start_one_at_any_moment_unless_it_was_aborted() -> None:
    assert not left_behind([builders.run()], {}, STORAGE).safe
    assert left_behind([builders.run(aborted=True)], {}, STORAGE).safe


def test_a_word_that_nobody_knows_is_no_end() -> None:
    assert not left_behind([RUNNING], {JOB.identifier: "Paused"}, STORAGE).safe


def test_a_creation_that_was_begun_may_run_under_its_name() -> None:
    job = builders.intent(stage=Stage.FULL)
    assert job.status is JobStatus.INTENDED
    [left] = left_behind([builders.run(jobs=(job,))], {}, STORAGE).running
    assert (left.job_arn, left.usd_at_end) == (None, Decimal("9.00"))
    assert left.seen == "its creation was begun, by our record"
    assert left.stop_without_stack.endswith(f"--job-identifier {job.request.job_name}")


def test_models_are_told_with_what_was_to_become_of_them_and_what_deletes_them() -> None:
    run = example_runs.keep_best()
    found = left_behind([run], {}, STORAGE)
    fates = [model.fate for model in found.models]
    assert fates.count(Fate.KEPT) == 1
    assert fates.count(Fate.DELETED_LATER) == 4
    assert found.usd_per_month == Decimal("1.95") * 5
    assert all(model.delete.endswith(model.model_arn) for model in found.models)
    assert found.safe


def test_a_model_whose_cost_nobody_knows_leaves_the_sum_unknown() -> None:
    run = replace(example_runs.keep_best(), plan=None)
    assert left_behind([run], {}, STORAGE).usd_per_month is None


def test_an_ended_run_without_models_leaves_nothing() -> None:
    ended = builders.run(status=RunStatus.REFUSED, ended_at=builders.START)
    found = left_behind([ended], {}, STORAGE)
    assert (found.running, found.waiting_runs, found.models) == ((), (), ())
    assert found.usd_per_month == 0
