from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.decisions import DatedDecision, Decision, DecisionKind, RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.observations import Execution
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run
from local.demo.endings import Ending, differences
from local.demo.stories import GOES_BAD_LATE, HEALTHY, Expected, Story
from local.inbox.mails import Mail
from tests import builders

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def as_expected(story: Story) -> Ending:
    """A story that ended just as it must."""
    expected = story.expected
    execution = Execution("arn:one", expected.execution, AT)
    mails = tuple(Mail(str(n), "alerts", AT, text, text) for n, text in enumerate(expected.mails))
    return Ending(story, execution, ended_run(expected), mails, 60.0)


def ended_run(expected: Expected) -> Run:
    base = builders.run()
    decision = DatedDecision(Decision(expected.decision, expected.policy, "So it is."), "full-0-0", AT)
    jobs = tuple(job(base, name, status, expected) for name, status in expected.jobs.items())
    return replace(base, status=expected.status, decisions=(decision,), jobs=jobs, ended_at=AT)


def job(run: Run, name: str, status: str, expected: Expected) -> JobRecord:
    stage, candidate, _ = name.split("-")
    made = builders.intent(run, Stage(stage), int(candidate))
    rate = {**made.request.hyperparameters, "learningRate": expected.full_rate or "0.0001"}
    stop = StopOrder(StopReason.FINDING, "It diverges.", AT, AT, AT, "Stopped")
    return replace(
        made,
        status=JobStatus(status),
        request=replace(made.request, hyperparameters=rate),
        seen=CurveSeen(rows=60, last_step=60),
        stop=stop if status == "Stopped" else None,
    )


def with_last_job(ending: Ending, change: Callable[[JobRecord], JobRecord]) -> Ending:
    assert ending.run
    jobs = (*ending.run.jobs[:-1], change(ending.run.jobs[-1]))
    return replace(ending, run=replace(ending.run, jobs=jobs))


@pytest.mark.parametrize("story", [HEALTHY, GOES_BAD_LATE], ids=lambda story: story.name)
def test_a_story_that_ends_as_it_must_has_no_difference(story: Story) -> None:
    assert differences(as_expected(story)) == ()


def test_an_execution_that_ended_otherwise_is_told() -> None:
    ending = replace(as_expected(HEALTHY), execution=Execution("arn:one", "FAILED", AT))

    assert differences(ending) == ("the execution is FAILED, not SUCCEEDED",)


def test_a_story_without_a_record_is_told() -> None:
    assert differences(replace(as_expected(HEALTHY), run=None)) == ("there is no record of the run",)


def test_a_story_that_never_began_is_told() -> None:
    ending = replace(as_expected(HEALTHY), run=None, execution=None)

    assert "the execution is never started, not SUCCEEDED" in differences(ending)


def test_another_decision_and_its_policy_line_are_told() -> None:
    ending = as_expected(HEALTHY)
    assert ending.run
    other = DatedDecision(Decision(DecisionKind.REFUSE, "full.diverged", "No."), "full-0-0", AT)
    ending = replace(ending, run=replace(ending.run, decisions=(other,), status=RunStatus.REFUSED))

    assert differences(ending) == (
        "the run is refused, not completed",
        "the decision is refuse, not proceed",
        "the policy line is full.diverged, not full.healthy",
    )


def test_a_full_run_at_another_rate_than_the_rehearsal_left_is_told() -> None:
    ending = with_last_job(
        as_expected(HEALTHY),
        lambda job: replace(job, request=replace(job.request, hyperparameters={"learningRate": "0.5"})),
    )

    assert differences(ending) == ("the rate of the full run is ['0.5'], not ['0.0001']",)


@pytest.mark.parametrize(
    "change",
    [
        lambda job: replace(job, stop=None),
        lambda job: replace(job, stop=replace(job.stop, confirmed_at=None)),
        lambda job: replace(job, seen=CurveSeen(rows=100, last_step=100)),
        lambda job: replace(job, seen=CurveSeen()),
    ],
    ids=["not by us", "unconfirmed", "at the end", "before the first step"],
)
def test_a_stop_that_was_not_in_mid_run_and_confirmed_is_told(
    change: Callable[[JobRecord], JobRecord],
) -> None:
    ending = with_last_job(as_expected(GOES_BAD_LATE), change)

    assert differences(ending) == ("the last job was not stopped in mid-run with the service's confirmation",)


def test_a_mail_that_did_not_arrive_is_told() -> None:
    ending = replace(as_expected(HEALTHY), mails=())

    assert differences(ending) == ('no mail "COMPLETED: healthy (proceed)…" arrived',)


def test_a_mail_that_nobody_expects_is_told() -> None:
    ending = as_expected(HEALTHY)
    strange = Mail("x", "alerts", AT, "LOST healthy", "")

    assert differences(replace(ending, mails=(*ending.mails, strange))) == (
        'a mail "LOST healthy" arrived that is no part of the story',
    )
