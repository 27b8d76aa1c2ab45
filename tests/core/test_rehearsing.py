from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.asking import answered, with_question
from finetune_guard.core.decisions import DecisionKind, OnInconclusive, Reply, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.moves import Asked, Ended, Passed, Try
from finetune_guard.core.next_action import Ask
from finetune_guard.core.plans import AskOrders, Plan
from finetune_guard.core.rehearsing import rate_of, rehearse
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from tests.builders import (
    START,
    broken,
    closed,
    completed,
    ended_as,
    finding,
    later,
    plan,
    run,
    segmented,
)
from tests.playing import played, scripted

ASKING = plan(on_inconclusive=OnInconclusive.ASK, ask=AskOrders(2.0, Reply.REFUSE))


def unclear(job: JobRecord) -> JobRecord:
    return closed(job, verdict=VerdictKind.INCONCLUSIVE)


def asking(of: Plan = ASKING) -> tuple[Run, Asked]:
    """A run that has just come to its question, and the question."""
    story = played(run(plan=of), scripted(rehearsal_0_0=unclear))
    assert isinstance(story.last, Ask)
    return story.run, story.last.asked


def asked(of: Plan = ASKING) -> Run:
    """A run whose question is written down."""
    waiting, question = asking(of)
    return with_question(waiting, question, START)


def reply(of: Run, answer: Reply) -> Run:
    return answered(of, of.questions[0], answer, later(minutes=5))


def test_a_run_without_a_rehearsal_has_passed_it() -> None:
    of = plan(rehearsal=None)
    assert rehearse(run(plan=of), of, START).move == Passed(of.learning_rate)


def test_the_first_move_is_one_candidate_at_the_plans_rate() -> None:
    move = rehearse(run(), plan(), START).move
    assert isinstance(move, Try)
    assert [(one.number, one.rate) for one in move.candidates] == [(0, plan().learning_rate)]


def test_a_rehearsal_that_passed_names_its_job_and_its_rate() -> None:
    story = played(run(plan=plan(full=None)), scripted(rehearsal_0_0=broken))
    move = rehearse(story.run, plan(), START).move
    assert isinstance(move, Passed)
    assert move.job == story.job("rehearsal-1-0")
    assert move.rate is not None
    assert move.rate.value == Decimal("0.0000333")


def test_the_rate_of_a_job_that_was_sent_none_is_the_plans() -> None:
    job = played(run(plan=plan(full=None))).run.jobs[0]
    unsent = replace(job, request=replace(job.request, hyperparameters={}))
    assert rate_of(plan(), unsent) == plan().learning_rate
    assert rate_of(plan(learning_rate=None), job) is None


def test_an_unclear_rehearsal_asks_for_as_long_as_the_plan_says() -> None:
    _, question = asking()
    assert (question.about, question.hours, question.default) == ("rehearsal-0-0", 2.0, Reply.REFUSE)
    assert question.decision.kind is DecisionKind.ASK


def test_while_there_is_time_for_an_answer_nothing_is_created() -> None:
    story = played(asked(), now=later(hours=1, minutes=59))
    assert isinstance(story.last, Ask)
    assert story.rounds == ()


def test_a_person_who_says_proceed_has_the_full_run_and_it_is_told() -> None:
    story = played(reply(asked(), Reply.PROCEED), now=later(hours=30))
    assert story.finish.status is RunStatus.COMPLETED
    told = story.decision("rehearsal-0-0.answer")
    assert (told.policy, told.reason) == ("rehearsal.answered.proceed", "A person answered: proceed.")


def test_a_person_who_says_refuse_ends_the_run() -> None:
    story = played(reply(asked(), Reply.REFUSE))
    assert story.rounds == ()
    assert (story.finish.decision.policy, story.finish.status) == (
        "rehearsal.answered.refuse",
        RunStatus.REFUSED,
    )


@pytest.mark.parametrize(
    ("default", "status"), [(Reply.REFUSE, RunStatus.REFUSED), (Reply.PROCEED, RunStatus.COMPLETED)]
)
def test_without_an_answer_in_time_the_default_is_taken_and_told(default: Reply, status: RunStatus) -> None:
    of = asked(replace(ASKING, ask=AskOrders(2.0, default)))
    story = played(of, now=later(hours=2))
    assert story.finish.status is status
    told = story.decision("rehearsal-0-0.answer")
    assert told.policy == f"rehearsal.unanswered.{default}"
    assert told.reason == f"Nobody answered until 2026-11-24 14:00 UTC; by default: {default}."


def test_after_a_retry_the_question_is_about_the_retry_and_its_rate_goes_on() -> None:
    story = played(run(plan=ASKING), scripted(rehearsal_0_0=broken, rehearsal_1_0=unclear))
    assert isinstance(story.last, Ask)
    assert story.last.asked.about == "rehearsal-1-0"
    on = reply(with_question(story.run, story.last.asked, START), Reply.PROCEED)
    full = played(on).job("full-0-0")
    assert full.request.hyperparameters["learningRate"] == "0.0000333"


def test_a_segmented_run_goes_on_from_an_answer_too() -> None:
    of = segmented(2, rehearsed=True, on_inconclusive=OnInconclusive.ASK)
    story = played(reply(asked(of), Reply.PROCEED))
    assert story.rounds == (("segment-2-0-0",),)
    assert story.job("segment-2-0-0").request.start_from == story.job("rehearsal-0-0").model_arn


def test_a_rehearsal_that_a_person_ended_is_not_tried_again() -> None:
    story = played(run(), lambda job: ended_as(job, JobStatus.STOPPED))
    assert story.rounds == (("rehearsal-0-0",),)
    assert story.finish.status is RunStatus.STOPPED


def test_a_refused_rehearsal_ends_with_the_decision_about_it() -> None:
    move = rehearse(played(run(plan=plan(full=None)), broken).run, plan(), START).move
    assert isinstance(move, Ended)
    assert move.decision.policy == "rehearsal.too_hot.again"


def test_a_question_creates_nothing_before_it_is_written_down_either() -> None:
    waiting, _ = asking()
    assert isinstance(played(waiting, now=later(hours=50)).last, Ask)


def test_two_rehearsals_that_broke_late_say_where_in_the_data_to_look() -> None:
    late = replace(completed(too_hot=True), findings=(finding(first_step=60),))
    again = replace(completed(candidate=1, too_hot=True), findings=(finding(first_step=62),))
    moved = rehearse(run(jobs=(late, again)), plan(), START)
    assert isinstance(moved.move, Ended)
    assert "It began 62% into the data" in moved.move.decision.reason
    early = replace(again, findings=(finding(first_step=5),))
    told = rehearse(run(jobs=(late, early)), plan(), START).move
    assert isinstance(told, Ended)
    assert "into the data" not in told.decision.reason
