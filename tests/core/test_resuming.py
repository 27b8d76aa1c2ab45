from dataclasses import replace
from datetime import datetime

import pytest

from finetune_guard.core.decisions import DatedDecision, Mode, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.moves import Judged
from finetune_guard.core.next_action import Create, Finish, WaitForJobs, next_action
from finetune_guard.core.plans import Stage
from finetune_guard.core.resuming import no_such_run, not_resumable, resumed, run_to_resume
from finetune_guard.core.runs import Run, Wait
from tests.builders import START, broken, closed, ended_as, later, run, running, segmented, swept
from tests.playing import Nature, Played, played, scripted

AGAIN = "arn:aws:states:us-west-2:123456789012:execution:RehearseThenRun:two"


def failed(job: JobRecord) -> JobRecord:
    return ended_as(job, JobStatus.FAILED)


def dated(judged: tuple[Judged, ...]) -> tuple[DatedDecision, ...]:
    return tuple(DatedDecision(one.decision, one.about, START) for one in judged)


def over(story: Played) -> Run:
    """The run as the table has it after its end."""
    end = story.finish
    decisions = (*dated(story.judged), DatedDecision(end.decision, "run", START))
    return replace(story.run, status=end.status, ended_at=START, kept=end.kept, decisions=decisions)


def ended(of: Run, nature: Nature) -> Run:
    return over(played(of, nature))


def created(of: Run) -> list[str]:
    action = next_action(of, START)
    assert isinstance(action, Create), action
    return [job.key.short for job in action.jobs]


def refusal(of: Run, mode: Mode = Mode.REHEARSE_THEN_RUN, now: datetime = START) -> str:
    problem = not_resumable(of, mode, AGAIN, now)
    return f"{problem.message} {problem.suggestion}" if problem else ""


@pytest.mark.parametrize(
    ("document", "run_id"),
    [
        ({"resume": "support-bot-1"}, "support-bot-1"),
        ({"resume": 7}, "7"),
        ({"resume": "x", "job_name": "y"}, None),
        ({}, None),
        ("resume", None),
        (None, None),
    ],
)
def test_only_an_input_of_nothing_but_resume_takes_up_a_run(document: object, run_id: str | None) -> None:
    assert run_to_resume(document) == run_id


def test_a_run_that_is_taken_up_belongs_to_the_new_execution_and_is_open_again() -> None:
    waiting = replace(
        run(), status=RunStatus.FAILED, ended_at=START, aborted=True, wait=Wait(1, "t", START), kept="x"
    )
    again = resumed(waiting, AGAIN)
    assert (again.execution_arn, again.executions) == (AGAIN, (waiting.execution_arn,))
    assert (again.attempt, again.ended, again.ended_at) == (1, False, None)
    assert (again.aborted, again.wait, again.kept) == (False, None, "")
    twice = resumed(again, "third")
    assert (twice.attempt, twice.executions) == (2, (waiting.execution_arn, AGAIN))


def test_what_is_complete_is_adopted_and_what_failed_is_done_again_under_a_new_attempt() -> None:
    of = ended(run(plan=segmented(3)), scripted(segment_2_0_0=failed))
    assert refusal(of) == ""
    again = played(resumed(of, AGAIN))
    assert again.rounds == (("segment-2-0-1",), ("segment-3-0-1",))
    assert again.job("segment-2-0-1").request.start_from == again.job("segment-1-0-0").model_arn
    assert (again.finish.status, again.finish.kept) == (RunStatus.COMPLETED, "segment-3-0-1")


@pytest.mark.parametrize("stop", [None, StopReason.PERSON, StopReason.ABORTED, StopReason.MAX_HOURS])
def test_a_job_that_was_stopped_for_another_reason_than_its_curve_is_done_again(
    stop: StopReason | None,
) -> None:
    of = ended(
        run(plan=segmented(3)), scripted(segment_2_0_0=lambda job: ended_as(job, JobStatus.STOPPED, stop))
    )
    assert created(resumed(of, AGAIN)) == ["segment-2-0-1"]


def test_a_segment_that_was_stopped_for_its_curve_stays_judged() -> None:
    def stopped(job: JobRecord) -> JobRecord:
        return ended_as(job, JobStatus.STOPPED, StopReason.FINDING)

    of = ended(run(plan=segmented(3)), scripted(segment_2_0_0=stopped))
    assert "is over, and nothing of it can be taken up" in refusal(of)


def test_a_job_that_failed_before_a_stop_for_its_curve_was_heeded_is_done_again() -> None:
    def both(job: JobRecord) -> JobRecord:
        return replace(ended_as(job, JobStatus.STOPPED, StopReason.FINDING), status=JobStatus.FAILED)

    of = ended(run(plan=segmented(3)), scripted(segment_2_0_0=both))
    assert created(resumed(of, AGAIN)) == ["segment-2-0-1"]


def test_a_retry_that_failed_is_done_again_and_not_the_rate_that_ran_too_hot() -> None:
    of = ended(run(), scripted(rehearsal_0_0=broken, rehearsal_1_0=failed))
    assert created(resumed(of, AGAIN)) == ["rehearsal-1-1"]


def test_a_redone_segment_that_failed_is_done_again_at_its_own_rate() -> None:
    nature = scripted(segment_2_0_0=lambda job: broken(job, step=5), segment_2_1_0=failed)
    again = resumed(ended(run(plan=segmented(3)), nature), AGAIN)
    action = next_action(again, START)
    assert isinstance(action, Create)
    assert action.jobs[0].key.short == "segment-2-1-1"
    assert action.jobs[0].request.hyperparameters["learningRate"] == "0.0000333"


def test_rates_of_a_sweep_that_all_failed_are_tried_again() -> None:
    of = ended(run(plan=swept()), failed)
    assert created(resumed(of, AGAIN)) == ["rehearsal-0-1", "rehearsal-1-1"]


def test_a_rate_that_failed_is_not_tried_again_once_the_full_run_has_begun() -> None:
    nature = scripted(rehearsal_1_0=failed, full_0_0=failed)
    of = ended(run(plan=swept()), nature)
    assert created(resumed(of, AGAIN)) == ["full-0-1"]


def test_a_refinement_that_failed_is_not_tried_again_once_the_full_run_has_begun() -> None:
    nature = scripted(
        rehearsal_0_0=lambda job: closed(job, 1.5),
        rehearsal_1_0=lambda job: closed(job, 1.2),
        rehearsal_2_0=lambda job: closed(job, 1.8),
        rehearsal_3_0=failed,
        full_0_0=failed,
    )
    assert created(resumed(ended(run(plan=swept()), nature), AGAIN)) == ["full-0-1"]


def test_a_probe_that_failed_is_not_tried_again_once_the_full_run_has_begun() -> None:
    nature = scripted(probe_0_0=failed, full_0_0=failed)
    of = ended(run(plan=segmented(2, probe=True)), nature)
    assert created(resumed(of, AGAIN)) == ["full-0-1"]


def test_a_segment_that_the_base_refused_is_not_tried_again_once_the_full_run_is_one_job() -> None:
    nature = scripted(segment_2_0_0=lambda job: ended_as(job, JobStatus.REFUSED), full_0_0=failed)
    of = ended(run(plan=segmented(2, rehearsed=True)), nature)
    assert created(resumed(of, AGAIN)) == ["full-0-1"]


def test_a_job_that_still_runs_is_watched_on_and_not_made_twice() -> None:
    of = run(jobs=(running(),), aborted=True)
    assert refusal(of) == ""
    assert next_action(resumed(of, AGAIN), START) == WaitForJobs()


def test_a_completed_run_is_over() -> None:
    of = ended(run(plan=segmented(2)), closed)
    assert "is over, and nothing of it can be taken up" in refusal(of)


def test_a_completed_run_of_which_a_rate_had_failed_is_over_too() -> None:
    of = ended(run(plan=swept()), scripted(rehearsal_1_0=failed))
    assert of.status is RunStatus.COMPLETED
    assert "is over, and nothing of it can be taken up" in refusal(of)


@pytest.mark.parametrize("nature", [broken, scripted(full_0_0=broken)])
def test_a_run_that_was_refused_for_its_curve_is_over(nature: Nature) -> None:
    assert "is over" in refusal(ended(run(), nature))


def test_a_run_that_is_going_on_is_not_taken_up() -> None:
    assert "is going on" in refusal(run(jobs=(running(),)))


def test_a_run_belongs_to_its_own_machine_and_the_right_one_is_named() -> None:
    of = ended(run(), failed)
    assert "Start RehearseThenRun" in refusal(of, Mode.MINI_RUN)


def test_a_run_whose_models_have_been_deleted_cannot_be_taken_up_and_that_is_said() -> None:
    of = ended(run(plan=segmented(3)), scripted(segment_3_0_0=failed))
    gone = replace(
        of,
        jobs=tuple(
            replace(job, model_deleted_at=later(hours=200)) if job.key.segment == 2 else job
            for job in of.jobs
        ),
    )
    said = refusal(gone)
    assert "the model of segment 2" in said
    assert "Start a new run." in said


def test_an_aborted_run_whose_jobs_all_ended_well_may_be_taken_up_to_its_end() -> None:
    story = played(run())
    aborted = DatedDecision(story.finish.decision, "run", START)
    stopped = replace(
        story.run,
        status=RunStatus.STOPPED,
        aborted=True,
        decisions=(replace(aborted, decision=replace(aborted.decision, policy="run.aborted")),),
    )
    assert refusal(stopped) == ""
    action = next_action(resumed(stopped, AGAIN), START)
    assert isinstance(action, Finish)
    assert (action.status, action.kept) == (RunStatus.COMPLETED, "full-0-0")


def test_a_run_that_is_not_there_is_a_problem_with_advice() -> None:
    problem = no_such_run("typo")
    assert (problem.code, problem.key, problem.given) == ("RE001", "resume", '"typo"')


def test_an_earlier_attempt_counts_once_its_later_one_stands() -> None:
    of = ended(run(plan=segmented(2)), scripted(segment_1_0_0=failed))
    again = played(resumed(of, AGAIN))
    assert [job.key.short for job in again.run.standing(Stage.FULL, 1)] == ["segment-1-0-1"]
