from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core import wire
from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.end_mail import end_alert
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.next_action import Finish, next_action
from finetune_guard.core.plans import Stage
from finetune_guard.core.reporting import MOST_IN_RESULT, Outcome, Result, report_of, result_of
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.advance import finished
from tests import example_runs
from tests.builders import START, completed, finding, later, run, running


def ended(*jobs: JobRecord, **changes: object) -> Run:
    of = replace(run(jobs=jobs), **changes)  # type: ignore[arg-type]
    action = next_action(of, later(hours=2))
    assert isinstance(action, Finish)
    return finished(of, action, later(hours=2))


GOOD = ended(completed(), completed(stage=Stage.FULL))
REFUSED = ended(completed(too_hot=True), completed(candidate=1, too_hot=True))
IN_VAIN = ended(completed(), completed(stage=Stage.FULL, verdict=VerdictKind.DIVERGED))


def test_a_completed_run_offers_its_model() -> None:
    result = result_of(GOOD)
    assert (result.outcome, result.decision, result.verdict) == (Outcome.COMPLETED, "proceed", "healthy")
    assert result.model_arn == GOOD.jobs[1].model_arn


def test_stages_are_told_in_the_order_in_which_they_ran() -> None:
    backwards = replace(GOOD, jobs=tuple(reversed(GOOD.jobs)))
    assert [stage.stage for stage in result_of(backwards).stages] == ["rehearsal", "full"]


def test_a_refused_run_offers_no_model_and_says_what_was_saved() -> None:
    result = result_of(REFUSED)
    assert (result.outcome, result.model_arn) == (Outcome.REFUSED, None)
    assert result.cost.saved_usd == Decimal("8.0000")


def test_the_model_of_a_full_run_that_diverged_is_not_offered() -> None:
    assert result_of(IN_VAIN).model_arn is None
    assert end_alert(IN_VAIN).subject.startswith("DO NOT USE THE MODEL")


def test_the_model_of_a_rehearsal_is_never_offered() -> None:
    assert result_of(ended(completed(), plan=replace(run().plan, full=None))).model_arn is None  # type: ignore[type-var]


@pytest.mark.fault(78)
def test_a_result_stays_small_with_any_number_of_findings() -> None:
    long = finding(sentence="s" * 400, advice="a" * 400)
    jobs = tuple(completed(candidate=n, findings=(long,) * 20, too_hot=True) for n in range(5))
    result = result_of(replace(REFUSED, jobs=jobs))
    assert sum(len(stage.findings) for stage in result.stages) == MOST_IN_RESULT
    assert len(wire.dumps(result)) < 64 * 1024


def test_a_report_keeps_the_service_s_own_words_and_the_mail_does_not() -> None:
    failed = ended(completed(status=JobStatus.FAILED, failure="record 7: 'secret'"))
    assert "secret" in wire.dumps(report_of(failed))
    assert "secret" not in end_alert(failed).text + wire.dumps(result_of(failed))


def test_the_end_of_a_run_is_told_with_decision_money_and_report() -> None:
    alert = end_alert(replace(REFUSED, report_uri="s3://b/runs/r/report.json"))
    assert alert.kind is AlertKind.RUN_REFUSED
    for part in (
        "Decision: refuse",
        "too hot",
        "about $2.00 of $10.00 planned",
        "so about $8.00 was not spent",
        "s3://b/runs/r/report.json",
    ):
        assert part in alert.text


def test_a_run_refused_before_anything_was_created_lists_every_problem() -> None:
    problems = tuple(
        Problem(f"HP00{n}", "error", f"key{n}", "x", "is wrong.", "Try y.", "docs") for n in range(3)
    )
    refused = ended(problems=problems, plan=None)
    text = end_alert(refused).text
    assert all(problem.code in text for problem in problems)
    assert "nothing was spent" in text
    assert "Cost:" not in text


def test_a_run_that_ends_while_a_job_is_running_says_so_in_capitals() -> None:
    failed = replace(run(jobs=(running(),)), status=RunStatus.FAILED, ended_at=START)
    assert "STILL RUNNING AND BILLING" in end_alert(failed).text


def test_a_running_run_has_a_result_too() -> None:
    result = result_of(run(jobs=(running(),)))
    assert (result.status, result.decision, result.evidence) == ("running", "", "nothing yet")


def test_a_segment_s_stage_is_named_and_says_where_it_started_from_and_whether_it_is_kept() -> None:
    stages = result_of(example_runs.keep_best()).stages
    assert [stage.stage for stage in stages] == ["rehearsal", "probe", "segment-1", "segment-2", "segment-3"]
    assert [stage.kept for stage in stages] == [False, False, False, True, False]
    assert stages[3].segment == 2
    assert stages[3].validation_loss == 1.2
    assert stages[3].start_from == example_runs.keep_best().of(Stage.FULL)[0].model_arn
    assert stages[2].start_from == ""


def test_verdict_and_evidence_speak_of_the_job_that_decided_and_the_model_is_the_kept_one() -> None:
    of = example_runs.keep_best()
    worse = replace(of, jobs=(*of.jobs[:-1], replace(of.jobs[-1], verdict=VerdictKind.SUSPICIOUS)))
    result = result_of(worse)
    assert (result.decision, result.verdict) == ("keep best", "suspicious")
    assert result.model_arn == of.jobs[3].model_arn


def test_a_run_that_a_person_ended_still_offers_the_model_that_was_kept() -> None:
    of = example_runs.ended_by_a_person()
    result = result_of(of)
    assert (result.outcome, result.model_arn) == (Outcome.STOPPED, of.jobs[2].model_arn)


def test_a_kept_model_that_was_deleted_is_not_offered() -> None:
    of = example_runs.keep_best()
    gone = replace(of, jobs=tuple(replace(job, model_deleted_at=START) for job in of.jobs))
    assert result_of(gone).model_arn is None
    assert result_of(gone).left.models == ()


def test_a_record_from_before_models_were_marked_offers_its_completed_full_run() -> None:
    assert result_of(replace(GOOD, kept="")).model_arn == GOOD.jobs[1].model_arn


def test_a_report_has_questions_and_all_executions() -> None:
    of = replace(example_runs.asking(), executions=("arn:aws:states:::execution:M:before",))
    told = report_of(of)
    assert told.questions == of.questions
    assert told.executions == ("arn:aws:states:::execution:M:before", of.execution_arn)


@pytest.mark.parametrize("of", [example_runs.keep_best(), example_runs.sweep_none(), example_runs.asking()])
def test_a_result_is_read_back_as_it_was_written(of: Run) -> None:
    result = result_of(of)
    assert wire.loads(wire.dumps(result).encode(), Result) == result
