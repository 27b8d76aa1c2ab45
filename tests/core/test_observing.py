from dataclasses import replace
from datetime import timedelta

import pytest

from finetune_guard.core import observing
from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.jobs import JobRecord, JobStatus, StopOrder, StopReason
from finetune_guard.core.observations import JobDescription, StoredFile
from finetune_guard.core.verdict import Evidence, VerdictKind
from tests.builders import START, completed, later, running


def description(job: JobRecord, status: str, **changes: object) -> JobDescription:
    made = JobDescription(
        arn=job.arn or "",
        name=job.request.job_name,
        status=status,
        base_model_arn="arn:aws:bedrock:us-west-2::foundation-model/x",
        output_uri=job.request.output_uri,
        created_at=START,
        phases=job.phases,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def file(etag: str, key: str = "output/x/step_wise_training_metrics.csv") -> StoredFile:
    return StoredFile(key, etag, 10, START)


class TestDescribed:
    @pytest.mark.fault(28)
    def test_a_status_nobody_knows_counts_as_running(self) -> None:
        job = running()
        assert observing.described(job, description(job, "Validating")).status is JobStatus.IN_PROGRESS

    def test_a_stop_is_confirmed_by_the_end_of_the_job(self) -> None:
        job = running(stop=StopOrder(StopReason.FINDING, "Why.", START, called_at=later(minutes=1)))
        stopping = observing.described(job, description(job, "Stopping"))
        assert stopping.stop and stopping.stop.confirmed_at is None
        found = observing.described(job, description(job, "Stopped", ended_at=later(minutes=2)))
        assert found.stop
        assert (found.stop.confirmed_at, found.stop.outcome) == (later(minutes=2), "Stopped")

    @pytest.mark.fault(26)
    def test_a_job_that_finished_before_the_stop_says_so(self) -> None:
        job = running(stop=StopOrder(StopReason.FINDING, "Why.", START, called_at=later(minutes=1)))
        found = observing.described(job, description(job, "Completed", ended_at=later(minutes=2)))
        assert found.stop and found.stop.outcome == "Completed"


@pytest.mark.fault(31)
def test_three_looks_without_the_job_make_it_lost() -> None:
    job = running()
    for _ in range(2):
        job = observing.missing(job)
        assert job.status is JobStatus.IN_PROGRESS
    lost = observing.missing(job)
    assert (lost.status, lost.evidence) == (JobStatus.LOST, Evidence.PHASES_ONLY)
    assert observing.closed(lost, START, has_curve=False).closed


def test_a_look_that_finds_the_job_again_forgets_the_misses() -> None:
    job = observing.missing(running())
    assert observing.described(job, description(job, "InProgress")).missing_reads == 0


class TestClosing:
    def test_a_completed_job_closes_after_two_looks_at_the_same_files(self) -> None:
        job = replace(completed(), closed=False)
        first = observing.sighted(job, (file("a"),), START)
        assert not observing.closed(first, later(hours=1), has_curve=True).closed
        second = observing.sighted(first, (file("a"),), START)
        assert observing.closed(second, later(hours=1), has_curve=True).closed

    def test_a_file_that_still_changes_keeps_the_job_open(self) -> None:
        job = replace(completed(), closed=False)
        first = observing.sighted(job, (file("a"),), START)
        second = observing.sighted(first, (file("b"),), START)
        assert not observing.closed(second, later(hours=1), has_curve=True).closed

    def test_a_completed_job_without_files_is_given_fifteen_minutes(self) -> None:
        job = replace(completed(), closed=False, verdict=None, seen=CurveSeen())
        twice = observing.sighted(observing.sighted(job, (), START), (), START)
        seen = observing.closed(twice, later(hours=1), has_curve=False)
        assert not observing.closed(seen, later(hours=1, minutes=14), has_curve=False).closed
        blind = observing.closed(seen, later(hours=1, minutes=15), has_curve=False)
        assert (blind.closed, blind.verdict, blind.evidence) == (
            True,
            VerdictKind.INCONCLUSIVE,
            Evidence.PHASES_ONLY,
        )

    @pytest.mark.fault(15)
    @pytest.mark.parametrize("ahead", [-30, 0, 29])
    def test_files_are_waited_for_by_the_clock_that_saw_the_end_whatever_the_service_says(
        self, ahead: int
    ) -> None:
        job = replace(completed(), closed=False, verdict=None, seen=CurveSeen(), end_seen_at=None)
        seen_at = later(hours=1, minutes=ahead)
        seen = observing.closed(job, seen_at, has_curve=False)
        assert (seen.closed, seen.end_seen_at) == (False, seen_at)
        assert not observing.closed(seen, seen_at + timedelta(minutes=14), has_curve=False).closed
        assert observing.closed(seen, seen_at + timedelta(minutes=15), has_curve=False).closed

    def test_an_end_that_is_old_by_any_clock_is_waited_for_no_more(self) -> None:
        job = replace(completed(), closed=False, verdict=None, seen=CurveSeen())
        assert observing.closed(job, later(hours=1, minutes=45), has_curve=False).closed

    def test_a_running_job_never_closes(self) -> None:
        assert not observing.closed(running(), later(hours=99), has_curve=True).closed


class TestShadowRight:
    @pytest.mark.parametrize(
        ("verdict", "right"),
        [
            (VerdictKind.DIVERGED, True),
            (VerdictKind.HEALTHY, False),
            (VerdictKind.SUSPICIOUS, False),
            (VerdictKind.INCONCLUSIVE, None),
        ],
    )
    def test_a_job_that_would_have_been_stopped_says_at_its_end_whether_that_was_right(
        self, verdict: VerdictKind, right: bool | None
    ) -> None:
        job = completed(verdict=verdict, closed=False, settled_reads=2, shadow_stop="The loss rose.")
        assert observing.closed(job, later(hours=2), has_curve=True).shadow_right is right

    def test_nobody_knows_of_a_job_that_was_stopped_or_still_runs(self) -> None:
        job = completed(verdict=VerdictKind.DIVERGED, closed=False, settled_reads=2, shadow_stop="It rose.")
        stopped = replace(job, status=JobStatus.STOPPED)
        assert observing.closed(stopped, later(hours=2), has_curve=True).shadow_right is None
        still = replace(job, status=JobStatus.IN_PROGRESS)
        assert observing.closed(still, later(hours=2), has_curve=True).shadow_right is None

    def test_without_a_stop_there_was_none_to_be_right(self) -> None:
        job = completed(verdict=VerdictKind.DIVERGED, closed=False, settled_reads=2)
        assert observing.closed(job, later(hours=2), has_curve=True).shadow_right is None
