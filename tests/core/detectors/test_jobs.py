import subprocess
import sys
from datetime import datetime

import pytest

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.detectors.jobs import findings_of, no_progress, phase_stall, rejected_records
from finetune_guard.core.findings import Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, Phase, Phases, PhaseStatus, RecordCounts
from finetune_guard.core.limits import NoProgressLimits, PhaseStallLimits, RejectedRecordsLimits
from finetune_guard.core.thresholds import ThresholdPack
from tests.builders import START, later
from tests.builders import running as any_job

DONE, GOING, WAITING = PhaseStatus.COMPLETED, PhaseStatus.IN_PROGRESS, PhaseStatus.NOT_STARTED


def phase(status: PhaseStatus, started: datetime | None = START, changed: datetime | None = None) -> Phase:
    return Phase(status, started, changed or later(minutes=4))


class TestPhaseStall:
    def look(self, phases: Phases, now: datetime, start_hours: float = 3) -> object:
        return phase_stall(phases, now, PhaseStallLimits(training_start_hours=start_hours))

    def test_a_training_that_does_not_start_after_validation_is_told_of(self) -> None:
        phases = Phases(validation=phase(DONE), training=Phase(WAITING))

        found = self.look(phases, later(hours=25))

        assert isinstance(found, Finding)
        assert found.signal is Signal.PHASE_STALL
        assert found.severity is Severity.WARNING
        assert not found.may_stop
        assert found.observed == pytest.approx(25 - 4 / 60)
        assert found.threshold == 3
        assert (found.first_step, found.detected_step) == (None, None)

    def test_a_training_that_is_not_told_of_at_all_has_not_started_either(self) -> None:
        assert isinstance(self.look(Phases(validation=phase(DONE)), later(hours=4)), Finding)

    def test_a_few_minutes_between_two_phases_are_usual(self) -> None:
        phases = Phases(validation=phase(DONE), training=Phase(WAITING))

        assert isinstance(self.look(phases, later(minutes=30)), Quiet)

    def test_data_processing_counts_before_training_can_start(self) -> None:
        phases = Phases(phase(DONE), phase(DONE, changed=later(hours=3)), Phase(WAITING))

        assert isinstance(self.look(phases, later(hours=5)), Quiet)
        assert isinstance(self.look(phases, later(hours=7)), Finding)

    def test_a_data_processing_in_progress_has_its_own_limit(self) -> None:
        phases = Phases(phase(DONE), phase(GOING), Phase(WAITING))

        assert isinstance(self.look(phases, later(hours=3.9)), Quiet)
        found = self.look(phases, later(hours=4.1))
        assert isinstance(found, Finding)
        assert "data processing" in found.sentence

    def test_a_validation_in_progress_for_too_long_is_told_of(self) -> None:
        found = self.look(Phases(validation=phase(GOING)), later(hours=2.5))

        assert isinstance(found, Finding)
        assert "validation" in found.sentence

    def test_a_training_in_progress_is_no_stall(self) -> None:
        phases = Phases(phase(DONE), phase(DONE), phase(GOING))

        assert isinstance(self.look(phases, later(hours=90)), Quiet)

    def test_limits_take_fractions_of_an_hour(self) -> None:
        phases = Phases(validation=phase(DONE, changed=START), training=Phase(WAITING))

        found = self.look(phases, later(seconds=40), start_hours=0.01)

        assert isinstance(found, Finding)

    def test_without_phases_nothing_can_be_said(self) -> None:
        assert isinstance(self.look(Phases(), later(hours=90)), NotEnoughData)

    def test_a_wait_as_long_as_is_granted_is_no_stall_and_a_second_more_is_one(self) -> None:
        ready = Phases(validation=phase(DONE, changed=START), training=Phase(WAITING))
        validating, processing = Phases(validation=phase(GOING)), Phases(phase(DONE), phase(GOING))

        for phases, hours in ((ready, 3), (validating, 2), (processing, 4)):
            assert isinstance(self.look(phases, later(hours=hours)), Quiet)
            found = self.look(phases, later(hours=hours, seconds=1))
            assert isinstance(found, Finding)
            assert found.threshold == hours
            assert f"(at most {hours}.0 hours are granted)" in found.sentence

    def test_waits_for_whichever_ended_last_of_validation_and_processing(self) -> None:
        late = Phases(
            phase(DONE, changed=later(hours=2)), phase(DONE, changed=later(hours=1)), Phase(WAITING)
        )

        assert isinstance(self.look(late, later(hours=4.9)), Quiet)
        assert isinstance(self.look(late, later(hours=5.1)), Finding)

    def test_a_processing_that_has_not_started_does_not_hold_a_stalled_training(self) -> None:
        phases = Phases(phase(DONE), Phase(WAITING), Phase(WAITING))

        assert isinstance(self.look(phases, later(hours=4)), Finding)

    def test_a_phase_that_tells_no_start_counts_from_its_last_change(self) -> None:
        phases = Phases(validation=Phase(GOING, None, later(hours=1)))

        assert isinstance(self.look(phases, later(hours=2.9)), Quiet)
        assert isinstance(self.look(phases, later(hours=3.1)), Finding)

    @pytest.mark.parametrize(
        ("waited", "said"),
        [
            ({"hours": 1}, "ready 1.0 hours ago"),
            ({"minutes": 59}, "ready 59 minutes ago"),
            ({"minutes": 1}, "ready 1 minutes ago"),
            ({"seconds": 59}, "ready 59 seconds ago"),
        ],
    )
    def test_says_how_long_as_a_person_does(self, waited: dict[str, float], said: str) -> None:
        phases = Phases(validation=phase(DONE, changed=START), training=Phase(WAITING))

        found = self.look(phases, later(**waited), start_hours=0.001)

        assert isinstance(found, Finding)
        assert said in found.sentence
        assert "at most 4 seconds" in found.sentence

    def test_one_phase_is_enough_to_judge(self) -> None:
        nothing = self.look(Phases(), later(hours=9))

        assert isinstance(nothing, NotEnoughData)
        assert (nothing.have, nothing.need) == (0, 1)
        assert isinstance(self.look(Phases(training=phase(GOING)), later(hours=9)), Quiet)


def live_job(rows: int = 60, grew_at: datetime | None = None) -> JobRecord:
    seen = CurveSeen(rows=rows, last_step=rows, grew_at=grew_at or later(hours=1), live=True)
    training = Phase(GOING, START, START)
    return any_job(status=JobStatus.IN_PROGRESS, phases=Phases(training=training), seen=seen)


class TestNoProgress:
    def test_a_live_curve_that_stops_growing_is_told_of_by_its_own_rhythm(self) -> None:
        # Given 60 rows in an hour: one a minute; half an hour of silence is always granted
        quiet = no_progress(live_job(), later(hours=1, minutes=29), NoProgressLimits())
        found = no_progress(live_job(), later(hours=1, minutes=31), NoProgressLimits())

        assert isinstance(quiet, Quiet)
        assert isinstance(found, Finding)
        assert found.severity is Severity.WARNING
        assert "step 60" in found.sentence

    def test_a_slow_rhythm_is_waited_for(self) -> None:
        # Given a row every twelve minutes: two hours are granted
        slow = live_job(rows=5)

        assert isinstance(no_progress(slow, later(hours=2.9), NoProgressLimits()), Quiet)
        assert isinstance(no_progress(slow, later(hours=3.1), NoProgressLimits()), Finding)

    def test_two_rows_make_no_rhythm(self) -> None:
        assert isinstance(no_progress(live_job(rows=2), later(hours=20), NoProgressLimits()), NotEnoughData)

    def test_without_a_live_curve_only_a_long_silence_counts(self) -> None:
        phases = Phases(phase(DONE), phase(DONE), phase(GOING, later(hours=1), later(hours=1)))
        job = any_job(status=JobStatus.IN_PROGRESS, phases=phases, created_at=START)

        assert isinstance(no_progress(job, later(hours=24.9), NoProgressLimits()), Quiet)
        found = no_progress(job, later(hours=25.1), NoProgressLimits())
        assert isinstance(found, Finding)
        assert found.threshold == 24

    def test_a_job_of_which_nothing_is_known_cannot_be_judged(self) -> None:
        job = any_job(status=JobStatus.IN_PROGRESS, phases=Phases(), created_at=None)

        assert isinstance(no_progress(job, later(hours=90), NoProgressLimits()), NotEnoughData)

    def test_a_silence_as_long_as_is_granted_is_quiet_and_a_second_more_is_told_of(self) -> None:
        silent = any_job(status=JobStatus.IN_PROGRESS, phases=Phases(validation=Phase(GOING, START, START)))
        # Given 60 rows in an hour, half an hour is granted; given 4, ten times a quarter of an hour
        for job, hours in ((live_job(), 1.5), (live_job(rows=4), 3.5), (silent, 24.0)):
            assert isinstance(no_progress(job, later(hours=hours), NoProgressLimits()), Quiet)
            assert isinstance(no_progress(job, later(hours=hours, seconds=1), NoProgressLimits()), Finding)

    def test_says_what_was_seen_against_the_jobs_own_rhythm(self) -> None:
        found = no_progress(live_job(), later(hours=2), NoProgressLimits())

        assert isinstance(found, Finding)
        assert (found.observed, found.threshold) == (1.0, 0.5)
        assert "for 1.0 hours, after 60 rows at about 1 minutes each" in found.sentence
        assert "(at most 30 minutes are granted)" in found.sentence

    def test_says_how_long_nothing_has_changed(self) -> None:
        phases = Phases(validation=Phase(GOING, START, later(hours=1)))

        found = no_progress(any_job(phases=phases, created_at=START), later(hours=31), NoProgressLimits())

        assert isinstance(found, Finding)
        assert (found.observed, found.threshold) == (30.0, 24)
        assert "for 30.0 hours (at most 24 are granted)" in found.sentence

    def test_three_rows_make_a_rhythm(self) -> None:
        two = no_progress(live_job(rows=2), later(hours=90), NoProgressLimits())

        assert isinstance(two, NotEnoughData)
        assert (two.have, two.need) == (2, 3)
        assert isinstance(no_progress(live_job(rows=3), later(hours=90), NoProgressLimits()), Finding)

    def test_rows_that_were_seen_before_training_began_make_a_rhythm_of_zero(self) -> None:
        early = live_job(rows=3, grew_at=later(hours=-1))

        assert isinstance(no_progress(early, later(hours=-0.5), NoProgressLimits()), Quiet)
        assert isinstance(no_progress(early, later(hours=-0.4), NoProgressLimits()), Finding)

    def test_the_creation_of_the_job_is_a_change_too(self) -> None:
        job = any_job(phases=Phases(), created_at=later(hours=5))

        assert isinstance(no_progress(job, later(hours=28.9), NoProgressLimits()), Quiet)
        assert isinstance(no_progress(job, later(hours=29.1), NoProgressLimits()), Finding)

    def test_a_job_without_any_time_has_nothing_to_count_from(self) -> None:
        nothing = no_progress(any_job(phases=Phases(), created_at=None), later(hours=1), NoProgressLimits())

        assert isinstance(nothing, NotEnoughData)
        assert (nothing.have, nothing.need) == (0, 1)


class TestRejectedRecords:
    @pytest.mark.parametrize(
        ("accepted", "severity"), [(999, Severity.WARNING), (810, Severity.WARNING), (800, Severity.CRITICAL)]
    )
    def test_severity_grows_with_the_share(self, accepted: int, severity: Severity) -> None:
        counts = RecordCounts(1000, accepted, 0, 1000 - accepted)

        found = rejected_records(counts, RejectedRecordsLimits())

        assert isinstance(found, Finding)
        assert found.severity is severity
        assert not found.may_stop
        assert found.observed == pytest.approx(1 - accepted / 1000)
        assert f"{1000 - accepted:,} of 1,000" in found.sentence

    def test_a_share_below_the_warning_is_a_note(self) -> None:
        found = rejected_records(RecordCounts(1000, 999, 0, 1), RejectedRecordsLimits(warn_share=0.01))

        assert isinstance(found, Finding)
        assert found.severity is Severity.INFO

    def test_records_accepted_in_part_are_named(self) -> None:
        found = rejected_records(RecordCounts(10, 8, 2, 0), RejectedRecordsLimits())

        assert isinstance(found, Finding)
        assert "2 of them in part" in found.sentence

    def test_all_records_accepted_is_quiet(self) -> None:
        assert isinstance(rejected_records(RecordCounts(10, 10, 0, 0), RejectedRecordsLimits()), Quiet)

    @pytest.mark.parametrize("counts", [None, RecordCounts(0, 0, 0, 0)])
    def test_without_a_manifest_nothing_can_be_said(self, counts: RecordCounts | None) -> None:
        assert isinstance(rejected_records(counts, RejectedRecordsLimits()), NotEnoughData)

    def test_a_share_as_large_as_the_threshold_is_critical_above_and_a_note_below(self) -> None:
        limits = RejectedRecordsLimits(warn_share=0.25, critical_share=0.5)
        severities = []
        for rejected in (2, 3, 4):
            found = rejected_records(RecordCounts(8, 8 - rejected, 0, rejected), limits)
            assert isinstance(found, Finding)
            severities.append((found.severity, found.threshold))

        assert severities == [(Severity.INFO, 0.25), (Severity.WARNING, 0.25), (Severity.CRITICAL, 0.5)]

    def test_a_single_record_is_enough_to_judge(self) -> None:
        nothing = rejected_records(None, RejectedRecordsLimits())

        assert isinstance(nothing, NotEnoughData)
        assert (nothing.have, nothing.need) == (0, 1)
        assert isinstance(rejected_records(RecordCounts(1, 0, 0, 1), RejectedRecordsLimits()), Finding)

    def test_one_record_of_many_is_told_of(self) -> None:
        found = rejected_records(RecordCounts(2_000, 1_999, 0, 1), RejectedRecordsLimits())

        assert isinstance(found, Finding)
        assert "1 of 2,000 records, 0.1%" in found.sentence

    def test_more_accepted_than_read_is_no_loss(self) -> None:
        assert isinstance(rejected_records(RecordCounts(10, 11, 0, 0), RejectedRecordsLimits()), Quiet)


class TestFindingsOfAJob:
    def test_a_running_job_is_looked_at_for_all_three(self) -> None:
        job = any_job(
            status=JobStatus.IN_PROGRESS,
            phases=Phases(validation=phase(DONE), training=Phase(WAITING)),
            counts=RecordCounts(10, 5, 0, 5),
        )

        found = findings_of(job, later(hours=74), ThresholdPack())

        assert {finding.signal for finding in found} == {
            Signal.PHASE_STALL,
            Signal.NO_PROGRESS,
            Signal.REJECTED_RECORDS,
        }

    def test_a_job_that_has_ended_does_not_stall(self) -> None:
        job = any_job(status=JobStatus.COMPLETED, phases=Phases(validation=phase(DONE)))

        assert findings_of(job, later(hours=74), ThresholdPack()) == ()


def test_the_quiet_tick_loads_no_numpy_and_no_pydantic() -> None:
    program = (
        "import sys; import finetune_guard.core.detectors.jobs, finetune_guard.core.thresholds; "
        "print({'numpy', 'pydantic', 'boto3'} & set(sys.modules))"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "set()"
