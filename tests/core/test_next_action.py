from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.decisions import DecisionKind, OnInconclusive, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.next_action import Ask, Create, Finish, WaitForJobs, next_action
from finetune_guard.core.plans import LearningRate, Plan, Stage
from finetune_guard.core.runs import Problem, Run
from finetune_guard.core.verdict import VerdictKind
from tests.builders import START, closed, completed, intent, later, plan, run, running, segmented, swept
from tests.playing import losses, played


def created(of: Run) -> JobRecord:
    action = next_action(of, START)
    assert isinstance(action, Create)
    assert len(action.jobs) == 1
    return action.jobs[0]


def ended(of: Run) -> Finish:
    action = next_action(of, later(hours=2))
    assert isinstance(action, Finish)
    return action


def test_a_new_run_begins_with_its_rehearsal() -> None:
    job = created(run())
    assert job.key.stage is Stage.REHEARSAL
    assert job.throw_away


def test_a_full_run_without_rehearsal_begins_with_the_full_run() -> None:
    assert created(run(plan=plan(rehearsal=None))).key.stage is Stage.FULL


def test_a_run_waits_while_a_job_is_open() -> None:
    assert next_action(run(jobs=(running(),)), START) == WaitForJobs()


def test_an_intent_without_an_answer_is_created_again_under_the_same_names() -> None:
    first = intent()
    assert created(run(jobs=(first,))) == first


def test_a_healthy_rehearsal_leads_to_the_full_run_with_its_own_values() -> None:
    job = created(run(jobs=(completed(),)))
    assert job.key.stage is Stage.FULL
    assert job.request.hyperparameters == {"epochCount": "3", "learningRate": "0.0001"}


def test_a_hot_rehearsal_is_tried_once_more_at_a_third() -> None:
    job = created(run(jobs=(completed(too_hot=True, verdict=VerdictKind.DIVERGED),)))
    assert (job.key.stage, job.key.candidate) == (Stage.REHEARSAL, 1)
    assert job.request.hyperparameters["learningRate"] == "0.0000333"


def test_the_full_run_takes_the_rate_that_rehearsed_healthy() -> None:
    hot = completed(too_hot=True)
    second = created(run(jobs=(hot,)))
    healed = replace(completed(candidate=1), request=second.request)
    assert created(run(jobs=(hot, healed))).request.hyperparameters["learningRate"] == "0.0000333"


def test_two_hot_rehearsals_refuse_the_full_run() -> None:
    action = ended(run(jobs=(completed(too_hot=True), completed(candidate=1, too_hot=True))))
    assert action.decision.kind is DecisionKind.REFUSE
    assert action.status is RunStatus.REFUSED
    assert [item.decision.kind for item in action.judged] == [DecisionKind.RETRY_LOWER, DecisionKind.REFUSE]


def test_a_hot_rehearsal_at_the_smallest_rate_refuses_at_once() -> None:
    lowest = LearningRate("learningRate", Decimal("0.0001"), Decimal("0.00005"))
    action = ended(run(plan=plan(learning_rate=lowest), jobs=(completed(too_hot=True),)))
    assert action.decision.policy == "rehearsal.too_hot.no_lower_rate"


def test_a_base_without_a_rate_cannot_be_retried() -> None:
    action = ended(run(plan=plan(learning_rate=None), jobs=(completed(too_hot=True),)))
    assert action.decision.kind is DecisionKind.REFUSE


def test_a_short_inconclusive_rehearsal_proceeds_with_a_warning_by_default() -> None:
    of = run(jobs=(completed(verdict=VerdictKind.INCONCLUSIVE),))
    action = next_action(of, START)
    assert isinstance(action, Create)
    assert action.judged[0].decision.kind is DecisionKind.PROCEED_WITH_WARNING


def test_a_rehearsal_without_any_curve_refuses_by_default() -> None:
    blank = completed(verdict=VerdictKind.INCONCLUSIVE)
    blind = replace(blank, seen=replace(blank.seen, rows=0))
    assert ended(run(jobs=(blind,))).decision.policy == "rehearsal.inconclusive.refuse"


@pytest.mark.parametrize("wanted", list(OnInconclusive))
def test_on_inconclusive_is_obeyed(wanted: OnInconclusive) -> None:
    of = run(plan=plan(on_inconclusive=wanted), jobs=(completed(verdict=VerdictKind.INCONCLUSIVE),))
    expected = {OnInconclusive.PROCEED: Create, OnInconclusive.REFUSE: Finish, OnInconclusive.ASK: Ask}
    assert isinstance(next_action(of, START), expected[wanted])


def test_a_mini_run_ends_after_its_rehearsal() -> None:
    action = ended(run(plan=plan(full=None), jobs=(completed(),)))
    assert (action.decision.kind, action.status) == (DecisionKind.PROCEED, RunStatus.COMPLETED)


def test_a_healthy_full_run_completes() -> None:
    action = ended(run(jobs=(completed(), completed(stage=Stage.FULL))))
    assert (action.decision.policy, action.status) == ("full.healthy", RunStatus.COMPLETED)


def test_a_full_run_that_diverged_unseen_is_refused_although_it_completed() -> None:
    action = ended(run(jobs=(completed(), completed(stage=Stage.FULL, verdict=VerdictKind.DIVERGED))))
    assert (action.decision.kind, action.status) == (DecisionKind.REFUSE, RunStatus.REFUSED)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (StopReason.FINDING, DecisionKind.STOP),
        (StopReason.MAX_HOURS, DecisionKind.STOP),
        (StopReason.PERSON, DecisionKind.ENDED_BY_A_PERSON),
        (StopReason.ABORTED, DecisionKind.ENDED_BY_A_PERSON),
    ],
)
def test_a_stopped_full_run_ends_as_whoever_stopped_it(reason: StopReason, kind: DecisionKind) -> None:
    stopped = completed(stage=Stage.FULL, status=JobStatus.STOPPED, stop=StopOrder(reason, "Why.", START))
    action = ended(run(jobs=(completed(), stopped)))
    assert (action.decision.kind, action.status) == (kind, RunStatus.STOPPED)


def test_a_job_stopped_without_our_order_was_ended_by_a_person_and_is_not_retried() -> None:
    action = ended(run(jobs=(completed(status=JobStatus.STOPPED),)))
    assert action.decision.kind is DecisionKind.ENDED_BY_A_PERSON


def test_a_rehearsal_stopped_for_its_curve_is_retried_at_a_third() -> None:
    order = StopOrder(StopReason.FINDING, "The loss is NaN.", START)
    job = created(run(jobs=(completed(status=JobStatus.STOPPED, stop=order),)))
    assert job.key.candidate == 1


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.LOST])
@pytest.mark.fault(33)
def test_a_failed_or_lost_job_fails_the_run(status: JobStatus) -> None:
    assert ended(run(jobs=(completed(status=status),))).status is RunStatus.FAILED


def test_a_refused_config_creates_nothing() -> None:
    problem = Problem("HP001", "error", "base_model_id", "x", "cannot be tuned", "", "docs")
    action = ended(run(plan=None, problems=(problem,)))
    assert action.status is RunStatus.REFUSED
    assert "HP001" in action.decision.reason


def test_a_warning_refuses_nothing() -> None:
    problem = Problem("HP040", "warning", "", "", "few steps", "", "docs")
    assert isinstance(next_action(run(problems=(problem,)), START), Create)


def test_the_budget_is_checked_before_each_job() -> None:
    enough_for_one = run(plan=plan(budget_usd=Decimal("5")))
    assert created(enough_for_one).key.stage is Stage.REHEARSAL
    action = ended(replace(enough_for_one, jobs=(completed(),)))
    assert action.decision.policy == "budget.reached"


def test_a_budget_without_a_price_refuses() -> None:
    free = plan(budget_usd=Decimal("5"), price=None)
    unpriced = replace(free, rehearsal=replace(free.rehearsal, estimated_usd=None))  # type: ignore[type-var]
    assert ended(run(plan=unpriced)).decision.policy == "budget.no_price"


def test_an_overdue_run_fails_saying_that_it_still_bills() -> None:
    action = next_action(run(jobs=(running(),)), later(hours=24 + 24, minutes=1))
    assert isinstance(action, Finish)
    assert action.status is RunStatus.FAILED
    assert "still running and billing" in action.decision.reason


def test_a_job_that_could_not_be_created_in_all_its_time_fails_the_run() -> None:
    waiting = run(jobs=(intent(),))
    assert isinstance(next_action(waiting, later(hours=24 + 24)), Create)
    action = next_action(waiting, later(hours=24 + 24, minutes=1))
    assert isinstance(action, Finish)
    assert (action.decision.policy, action.status) == ("run.overdue", RunStatus.FAILED)


def test_an_aborted_run_starts_nothing_and_ends_when_its_jobs_have() -> None:
    assert next_action(run(aborted=True, jobs=(intent(),)), START) == WaitForJobs()
    assert ended(run(aborted=True, jobs=(completed(),))).decision.kind is DecisionKind.ENDED_BY_A_PERSON


@pytest.mark.parametrize(
    "of", [segmented(3), segmented(2, probe=True), segmented(2, rehearsed=True), swept()]
)
def test_the_same_record_gives_the_same_answer_at_every_step_of_a_long_run(of: Plan) -> None:
    story = played(run(plan=of))
    for count in range(len(story.run.jobs) + 1):
        part = replace(story.run, jobs=story.run.jobs[:count])
        assert next_action(part, START) == next_action(part, START)


def test_of_a_pair_the_one_without_an_answer_is_created_and_the_other_is_let_run() -> None:
    action = next_action(run(plan=swept()), START)
    assert isinstance(action, Create)
    first, second = action.jobs
    begun = replace(first, status=JobStatus.IN_PROGRESS, arn="arn:of-the-first")
    assert created(run(plan=swept(), jobs=(begun, second))) == second


def test_of_a_pair_that_lost_one_the_other_is_waited_for_before_the_next_are_created() -> None:
    action = next_action(run(plan=swept()), START)
    assert isinstance(action, Create)
    begun = replace(action.jobs[0], status=JobStatus.IN_PROGRESS, arn="arn:of-the-first")
    assert next_action(run(plan=swept(), jobs=(begun,)), START) == WaitForJobs()
    further = next_action(run(plan=swept(), jobs=(closed(begun),)), START)
    assert isinstance(further, Create)
    assert [job.key.short for job in further.jobs] == ["rehearsal-1-0", "rehearsal-2-0"]


def test_while_a_segment_trains_nothing_else_is_created() -> None:
    story = played(run(plan=segmented(3)))
    open_second = replace(story.job("segment-2-0-0"), closed=False, status=JobStatus.IN_PROGRESS)
    of = replace(story.run, jobs=(*story.run.jobs[:2], open_second))
    assert next_action(of, START) == WaitForJobs()


def test_an_overdue_segment_fails_the_run_and_keeps_the_best_model_so_far() -> None:
    story = played(run(plan=segmented(3)))
    open_second = replace(story.job("segment-2-0-0"), closed=False, status=JobStatus.IN_PROGRESS)
    of = replace(story.run, jobs=(*story.run.jobs[:2], open_second))
    action = next_action(of, later(hours=48, minutes=1))
    assert isinstance(action, Finish)
    assert (action.decision.policy, action.kept) == ("run.overdue", "segment-1-0-0")


def test_an_aborted_run_with_an_open_intent_waits_for_what_becomes_of_it() -> None:
    assert next_action(run(aborted=True, attempt=1, jobs=(intent(),)), START) == WaitForJobs()


def test_a_run_without_a_plan_fails() -> None:
    assert ended(run(plan=None)).status is RunStatus.FAILED


def test_a_mini_run_that_sweeps_ends_with_its_choice() -> None:
    finish = played(run(plan=swept(full=None)), losses(rehearsal_0_0=1.0, rehearsal_1_0=1.5)).finish
    assert (finish.decision.policy, finish.status, finish.kept) == (
        "sweep.chosen",
        RunStatus.COMPLETED,
        "",
    )


def test_every_job_of_a_long_run_has_names_of_its_own() -> None:
    story = played(run(plan=segmented(3, probe=True, sweep=swept().sweep)))
    for names in (
        [job.request.token for job in story.run.jobs],
        [job.request.job_name for job in story.run.jobs],
        [job.key.short for job in story.run.jobs],
    ):
        assert len(set(names)) == len(story.run.jobs) == 7
