from dataclasses import replace
from decimal import Decimal

import pytest

from finetune_guard.core.decisions import DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopReason
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import VerdictKind
from tests.builders import SWEEP, broken, closed, ended_as, plan, run, swept
from tests.playing import losses, played, scripted

#: The rate itself is the best of the three.
CLEAR = losses(rehearsal_0_0=1.0, rehearsal_1_0=1.5, rehearsal_2_0=1.4)


def rate(job: JobRecord) -> str:
    return job.request.hyperparameters["learningRate"]


def failed(job: JobRecord) -> JobRecord:
    return ended_as(job, JobStatus.FAILED)


def by_a_person(job: JobRecord) -> JobRecord:
    return ended_as(job, JobStatus.STOPPED)


def test_rates_are_tried_two_at_a_time_in_the_plans_order() -> None:
    story = played(run(plan=swept()), CLEAR)
    assert story.rounds[:2] == (("rehearsal-0-0", "rehearsal-1-0"), ("rehearsal-2-0",))
    assert [rate(job) for job in story.run.of(Stage.REHEARSAL)] == [f"{value:f}" for value in SWEEP]


def test_a_sweep_may_be_told_to_run_one_at_a_time() -> None:
    story = played(run(plan=swept(at_once=1)), CLEAR)
    assert [len(created) for created in story.rounds] == [1, 1, 1, 1]


def test_the_full_run_takes_the_best_rate_and_the_choice_is_told_with_all_losses() -> None:
    story = played(
        run(plan=swept()), losses(rehearsal_0_0=1.2, rehearsal_1_0=1.1, rehearsal_2_0=1.3, rehearsal_3_0=1.5)
    )
    assert rate(story.job("full-0-0")) == "0.0003"
    reason = " ".join(decided.decision.reason for decided in played(run(plan=swept(full=None)), CLEAR).judged)
    assert "0.0000333: 1.4; 0.0001: 1; 0.0003: 1.5" in reason


def test_the_best_at_the_edge_is_refined_once_and_only_once() -> None:
    edge = losses(rehearsal_0_0=1.5, rehearsal_1_0=1.2, rehearsal_2_0=1.8, rehearsal_3_0=0.9)
    story = played(run(plan=swept()), edge)
    assert story.rounds == (
        ("rehearsal-0-0", "rehearsal-1-0"),
        ("rehearsal-2-0",),
        ("rehearsal-3-0",),
        ("full-0-0",),
    )
    assert [rate(story.job(short)) for short in ("rehearsal-3-0", "full-0-0")] == ["0.0009", "0.0009"]


def test_a_refinement_that_is_too_hot_leaves_the_edge_the_best() -> None:
    nature = scripted(
        rehearsal_0_0=lambda job: closed(job, 1.5),
        rehearsal_1_0=lambda job: closed(job, 1.2),
        rehearsal_2_0=lambda job: closed(job, 1.8),
        rehearsal_3_0=broken,
    )
    assert rate(played(run(plan=swept()), nature).job("full-0-0")) == "0.0003"


def test_a_tie_goes_to_the_higher_rate() -> None:
    story = played(
        run(plan=swept(full=None)), losses(rehearsal_0_0=1.0, rehearsal_1_0=1.01, rehearsal_2_0=1.5)
    )
    assert story.finish.decision.policy == "sweep.tie"
    assert "0.0003 is as good as any" in story.finish.decision.reason


def test_rates_that_all_diverge_refuse_the_full_run() -> None:
    story = played(run(plan=swept()), broken)
    assert (story.finish.decision.policy, story.finish.status) == ("sweep.none", RunStatus.REFUSED)
    assert len(story.run.jobs) == 3
    assert story.policies == ["sweep.out", "sweep.out", "sweep.out", "sweep.none"]


def test_rates_that_are_all_stopped_for_their_curves_refuse_too() -> None:
    story = played(run(plan=swept()), lambda job: ended_as(job, JobStatus.STOPPED, StopReason.FINDING))
    assert (story.finish.decision.policy, story.finish.status) == ("sweep.none", RunStatus.REFUSED)
    assert story.policies == ["sweep.out", "sweep.out", "sweep.out", "sweep.none"]
    assert "at a third" not in " ".join(judged.decision.reason for judged in story.judged)


def test_a_sweep_of_which_no_job_was_completed_fails() -> None:
    assert played(run(plan=swept()), failed).finish.status is RunStatus.FAILED


@pytest.mark.fault(33)
def test_where_one_rates_job_failed_the_others_decide() -> None:
    nature = scripted(
        rehearsal_0_0=lambda job: closed(job, 1.2),
        rehearsal_1_0=failed,
        rehearsal_2_0=lambda job: closed(job, 1.4),
    )
    story = played(run(plan=swept()), nature)
    assert story.finish.status is RunStatus.COMPLETED
    assert rate(story.job("full-0-0")) == "0.0001"
    assert story.rounds[-1] == ("full-0-0",)


@pytest.mark.parametrize("stopped", ["rehearsal_0_0", "rehearsal_1_0", "rehearsal_2_0"])
def test_a_person_who_stops_one_job_ends_the_run_and_nothing_more_is_created(stopped: str) -> None:
    story = played(run(plan=swept()), scripted(**{stopped: by_a_person}))
    assert story.finish.decision.kind is DecisionKind.ENDED_BY_A_PERSON
    assert story.finish.status is RunStatus.STOPPED
    assert len(story.run.jobs) == (3 if stopped == "rehearsal_2_0" else 2)


def test_a_choice_without_validation_says_that_it_is_the_training_loss() -> None:
    def blind(job: JobRecord) -> JobRecord:
        done = closed(job, {0: 1.0, 1: 1.5, 2: 1.4}[job.key.candidate])
        return replace(done, seen=replace(done.seen, last_validation=None))

    decision = played(run(plan=swept(full=None)), blind).finish.decision
    assert "training loss at its end (no validation is reported)" in decision.reason


def test_a_rate_chosen_on_a_suspicious_curve_goes_on_with_a_warning() -> None:
    story = played(run(plan=swept(full=None)), lambda job: closed(job, verdict=VerdictKind.SUSPICIOUS))
    assert story.finish.decision.kind is DecisionKind.PROCEED_WITH_WARNING


def test_a_refinement_is_not_tried_where_the_full_run_could_not_be_paid_after_it() -> None:
    edge = losses(rehearsal_0_0=1.5, rehearsal_1_0=1.2, rehearsal_2_0=1.8, rehearsal_3_0=0.9)
    tight = played(run(plan=swept(budget_usd=Decimal("12.99"))), edge)
    assert tight.finish.status is RunStatus.COMPLETED
    assert rate(tight.job("full-0-0")) == "0.0003"
    enough = played(run(plan=swept(budget_usd=Decimal("13.00"))), edge)
    assert rate(enough.job("full-0-0")) == "0.0009"


def test_a_base_without_a_rate_is_rehearsed_once_whatever_the_sweep() -> None:
    story = played(run(plan=swept(learning_rate=None)))
    assert story.rounds[0] == ("rehearsal-0-0",)
    assert plan().learning_rate is not None
