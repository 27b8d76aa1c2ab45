from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.alerts import LONGEST_SUBJECT, LONGEST_TEXT, AlertKind, body, subject_line
from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.jobs import JobStatus, StopOrder, StopReason
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import Evidence
from finetune_guard.core.wording import news
from tests.builders import START, completed, finding, later, running

BEFORE = running(stage=Stage.FULL)
AFTER = replace(
    BEFORE,
    findings=(finding(),),
    seen=CurveSeen(rows=72, last_step=72, first_loss=2.1, last_loss=5.1),
    evidence=Evidence.LIVE_CURVE,
)


def test_a_finding_is_told_with_what_was_seen_and_what_to_do() -> None:
    (alert,) = news(BEFORE, AFTER, START)
    assert alert.subject == f"CRITICAL divergence: {AFTER.request.job_name}"
    for part in (
        finding().sentence,
        finding().advice,
        "step 60 to 72",
        "live curve",
        AFTER.request.base_model_id,
    ):
        assert part in alert.text


def test_the_same_finding_is_told_once_and_a_worse_one_again() -> None:
    assert news(AFTER, AFTER, START) == ()
    mild = replace(AFTER, findings=(finding(severity=Severity.WARNING),))
    assert len(news(mild, AFTER, START)) == 1


def test_the_same_finding_on_two_jobs_of_a_run_is_told_of_each() -> None:
    jobs = (running(), running(candidate=1))
    told = [alert for job in jobs for alert in news(job, replace(job, findings=(finding(),)), START)]
    assert len({alert.alert_id for alert in told}) == 2


def test_what_is_only_worth_knowing_mails_nobody() -> None:
    assert news(BEFORE, replace(AFTER, findings=(finding(severity=Severity.INFO),)), START) == ()


def test_the_finding_that_stops_a_job_is_told_in_the_mail_about_the_stop() -> None:
    stopping = replace(AFTER, stop=StopOrder(StopReason.FINDING, finding().sentence, START))
    (alert,) = news(BEFORE, stopping, START)
    assert (alert.kind, alert.finding) == (AlertKind.STOPPING, finding())
    assert finding().advice in alert.text


def test_a_shadow_mail_begins_with_what_would_have_been_done() -> None:
    (alert,) = news(BEFORE, replace(AFTER, shadow_stop=finding().sentence), START)
    assert alert.subject.startswith("WOULD HAVE STOPPED")
    assert alert.text.startswith("WOULD HAVE STOPPED")


@pytest.mark.parametrize("reason", list(StopReason))
def test_a_stop_says_who_wanted_it(reason: StopReason) -> None:
    (alert, *_) = news(BEFORE, replace(BEFORE, stop=StopOrder(reason, "Because.", START)), START)
    assert alert.kind is AlertKind.STOPPING
    assert "Why it is stopped" in alert.text


@pytest.mark.fault(26)
def test_a_job_that_ended_before_the_stop_took_hold_says_so() -> None:
    order = StopOrder(StopReason.FINDING, "Because.", START, START, later(minutes=2), "Completed")
    ended = completed(stage=Stage.FULL, stop=order)
    (alert, *_) = news(replace(ended, stop=replace(order, confirmed_at=None)), ended, START)
    assert "ended as Completed before the stop took hold" in alert.text


def test_a_job_stopped_by_somebody_else_is_not_claimed() -> None:
    (alert,) = news(BEFORE, replace(BEFORE, status=JobStatus.STOPPED), START)
    assert alert.kind is AlertKind.ENDED_BY_A_PERSON


def test_a_failure_message_is_never_mailed() -> None:
    failed = replace(BEFORE, status=JobStatus.FAILED, failure="record 7: 'my secret prompt' is too long")
    (alert,) = news(BEFORE, failed, START)
    assert "secret" not in alert.text + alert.subject


@given(st.text())
@pytest.mark.fault(73)
def test_every_subject_is_one_that_sns_takes(text: str) -> None:
    subject = subject_line(text)
    assert subject.isascii()
    assert len(subject) <= LONGEST_SUBJECT
    assert all(c.isprintable() for c in subject)


@pytest.mark.fault(73)
def test_a_long_body_is_cut_at_a_line_and_says_so() -> None:
    cut = body("é line\n" * 10_000)
    assert len(cut.encode()) <= LONGEST_TEXT + 100
    assert "the report has all of it" in cut
    assert body("short") == "short"


def test_ten_thousand_findings_make_a_few_mails() -> None:
    many = tuple(finding(Signal.STAGNATION, Severity.WARNING, first_step=n) for n in range(10_000))
    assert len(news(BEFORE, replace(BEFORE, findings=many), START)) == 1
