from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.curve_seen import CurveSeen, PaceMark
from finetune_guard.core.detectors.pace import (
    FEWEST_STEPS,
    LEAST_APART,
    MOST_MARKS,
    comparison,
    duration,
    growth,
    marked,
    pace_of,
)
from finetune_guard.core.findings import Answer, Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, Phase, Phases, PhaseStatus
from finetune_guard.core.limits import StepTimeLimits
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.plans import Stage
from tests.builders import BASE, START, completed, later, running

LIMITS = StepTimeLimits()


def watched(finished: Sequence[float], tick: float = 60.0, until: float | None = None) -> CurveSeen:
    """A live curve as ticks saw it.

    Args:
        finished: Seconds after the start at which each step was in the file, in order.
        tick: Seconds between ticks.
        until: When the last tick looks.
    """
    marks: tuple[PaceMark, ...] = ()
    rows, now = 0, 0.0
    while now <= (until or finished[-1] + tick):
        seen = bisect_right(finished, now)
        if seen > rows:
            marks, rows = marked(marks, seen, START + timedelta(seconds=now)), seen
        now += tick
    return CurveSeen(rows=rows, last_step=rows, live=True, marks=marks)


def times(*paces: tuple[int, float]) -> list[float]:
    """When each step is done, of so many steps at so many seconds each."""
    at, out = 0.0, []
    for steps, seconds in paces:
        for _ in range(steps):
            at += seconds
            out.append(at)
    return out


def judged(*paces: tuple[int, float], tick: float = 60.0) -> Answer:
    return growth(watched(times(*paces), tick), LIMITS)


def spans(*paces: tuple[int, float]) -> CurveSeen:
    """A curve with a mark at each end of so many steps at so many seconds each."""
    step, at = 0, 0.0
    marks = [PaceMark(step, START)]
    for steps, seconds in paces:
        step, at = step + steps, at + steps * seconds
        marks.append(PaceMark(step, later(seconds=at)))
    return CurveSeen(marks=tuple(marks))


USUAL = [(12, 10.0)] * 5


class TestGrowth:
    def test_fires_when_rows_come_at_a_fraction_of_the_job_s_own_pace(self) -> None:
        found = judged((120, 10), (30, 60))

        assert isinstance(found, Finding)
        assert (found.severity, found.may_stop, found.first_step) == (Severity.WARNING, False, None)
        assert found.observed > found.threshold
        assert "took about 60 s each, 6.0 times the 10 s that were usual before" in found.sentence
        assert "estimated from when rows were seen" in found.sentence

    @pytest.mark.parametrize("seconds", [0.5, 7, 20, 45, 61, 90, 150, 400])
    def test_a_steady_pace_is_quiet_whatever_it_is_beside_the_ticks(self, seconds: float) -> None:
        finished = times((max(30, int(3600 / seconds)), seconds))

        for rows in range(12, len(finished), 7):
            assert not isinstance(growth(watched(finished[:rows]), LIMITS), Finding)

    def test_a_tick_that_a_new_file_wakes_at_once_is_no_pace(self) -> None:
        marks: tuple[PaceMark, ...] = ()
        for step in range(1, 60):  # a row a minute, seen a second after it and at the end of its minute
            for second in (1, 59):
                marks = marked(marks, 2 * step + (second == 59), later(minutes=step, seconds=second))

        assert isinstance(growth(CurveSeen(marks=marks), LIMITS), Quiet)

    @pytest.mark.parametrize("lump", [7, 50])
    def test_a_file_that_is_written_in_lumps_is_quiet(self, lump: int) -> None:
        finished = [lump * 10.0 * (step // lump + 1) for step in range(600)]

        assert not isinstance(growth(watched(finished), LIMITS), Finding)

    def test_evaluations_between_the_steps_are_quiet(self) -> None:
        between = [(12, 10.0), (1, 900.0)] * 12

        for count in range(1, len(between) + 1):
            assert not isinstance(judged(*between[:count]), Finding)

    def test_ticks_that_fail_for_an_hour_are_quiet(self) -> None:
        finished = times((1200, 10))
        early, late = watched(finished[:400]), watched(finished)
        kept = [m for m in late.marks if m.at > later(seconds=7600)]

        assert isinstance(growth(CurveSeen(marks=(*early.marks[-8:], *kept)), LIMITS), Quiet)

    def test_exactly_three_times_the_usual_is_quiet_and_a_second_more_is_not(self) -> None:
        assert isinstance(growth(spans(*USUAL, *[(4, 30.0)] * 3), LIMITS), Quiet)
        assert isinstance(growth(spans(*USUAL, *[(4, 31.0)] * 3), LIMITS), Finding)

    @pytest.mark.parametrize("fast", [0, 1, 2])
    def test_each_of_the_last_three_spans_must_be_slow(self, fast: int) -> None:
        recent = [(4, 90.0)] * 3
        recent[fast] = (12, 10.0)

        assert isinstance(growth(spans(*USUAL, *recent), LIMITS), Quiet)

    def test_the_sentence_tells_the_pace_of_the_last_three_spans_together(self) -> None:
        found = growth(spans(*USUAL, (4, 40.0), (2, 70.0), (4, 60.0)), LIMITS)

        assert isinstance(found, Finding)
        assert (found.observed, found.threshold) == (54.0, 30.0)
        assert "Steps 60 to 70 took about 54 s each, 5.4 times the 10 s" in found.sentence
        assert "more than 3 times counts as slow" in found.sentence

    def test_a_usual_span_weighs_its_steps(self) -> None:
        long, short = (24, 5.0), (2, 60.0)

        found = growth(spans(long, short, short, short, short, *[(4, 30.0)] * 3), LIMITS)

        assert isinstance(found, Finding)
        assert found.threshold == 15.0

    def test_all_spans_but_the_last_three_are_usual(self) -> None:
        usual = [(10, 5.0), (10, 5.0), (10, 20.0), (10, 20.0), (10, 20.0)]

        assert isinstance(growth(spans(*usual, *[(4, 50.0)] * 3), LIMITS), Quiet)
        assert isinstance(growth(spans(*reversed(usual), *[(4, 61.0)] * 3), LIMITS), Finding)

    def test_usual_is_where_half_of_the_weight_is_reached_and_not_before(self) -> None:
        usual = [(5, 20.0), (6, 20.0), (5, 30.0), (4, 30.0), (4, 40.0)]

        found = growth(spans(*usual, *[(2, 100.0)] * 3), LIMITS)

        assert isinstance(found, Finding)
        assert found.threshold == 90.0

    def test_where_halves_weigh_the_same_the_faster_one_is_usual(self) -> None:
        usual = [(6, 20.0), (6, 20.0), (4, 30.0), (4, 30.0), (4, 30.0)]

        found = growth(spans(*usual, *[(2, 80.0)] * 3), LIMITS)

        assert isinstance(found, Finding)
        assert found.threshold == 60.0

    def test_seven_spans_are_too_few(self) -> None:
        marks = tuple(PaceMark(step, later(minutes=3 * step)) for step in range(8))

        assert growth(CurveSeen(marks=marks), LIMITS) == NotEnoughData(Signal.STEP_TIME, 7, 8)

    def test_a_long_job_is_still_compared_with_its_beginning(self) -> None:
        long = judged((3000, 10), (60, 60))

        assert isinstance(long, Finding)


class TestMarks:
    def test_marks_are_some_time_apart(self) -> None:
        first = marked((), 1, START)

        assert marked(first, 2, START + LEAST_APART / 2) == first
        assert len(marked(first, 2, START + LEAST_APART)) == 2

    @pytest.mark.parametrize(("seconds", "marks"), [(119, 1), (120, 2)])
    def test_a_mark_is_made_two_minutes_after_the_last(self, seconds: int, marks: int) -> None:
        assert len(marked(marked((), 1, START), 2, later(seconds=seconds))) == marks

    def test_the_newest_mark_is_the_one_that_must_be_old_enough(self) -> None:
        marks = (PaceMark(1, START), PaceMark(2, later(minutes=10)))

        assert marked(marks, 3, later(minutes=11)) == marks

    def test_the_25th_thins_the_older_ones_and_leaves_the_last_three_spans(self) -> None:
        marks: tuple[PaceMark, ...] = ()
        for step in range(24):
            marks = marked(marks, step, later(minutes=2 * step))

        more = marked(marks, 24, later(minutes=48))

        assert [mark.step for mark in marks] == list(range(24))
        assert [mark.step for mark in more] == [*range(0, 21, 2), 21, 22, 23, 24]

    def test_a_step_that_is_seen_again_is_marked_anew(self) -> None:
        marks = (PaceMark(10, later(minutes=10)), PaceMark(20, later(minutes=20)))

        assert marked(marks, 20, later(hours=1)) == (marks[0], PaceMark(20, later(hours=1)))

    def test_marks_of_steps_that_are_trained_again_go(self) -> None:
        marks = tuple(PaceMark(step, later(minutes=step)) for step in (10, 20, 30))

        assert marked(marks, 15, later(hours=1)) == (marks[0], PaceMark(15, later(hours=1)))

    def test_a_curve_without_rows_leaves_them(self) -> None:
        assert marked((), None, START) == ()

    @given(st.integers(1, 400))
    def test_they_stay_few_in_order_and_reach_from_the_start_to_now(self, ticks: int) -> None:
        marks: tuple[PaceMark, ...] = ()
        for tick in range(ticks):
            marks = marked(marks, 10 * tick, later(minutes=2 * tick))

        steps = [mark.step for mark in marks]
        assert len(marks) <= MOST_MARKS
        assert (steps[0], steps[-1]) == (0, 10 * (ticks - 1))
        assert steps == sorted(set(steps))


def finished(minutes: float, steps: int = 100, tokens: int = 0, stage: Stage = Stage.FULL) -> JobRecord:
    job = completed(stage=stage)
    training = Phase(PhaseStatus.COMPLETED, START, later(minutes=minutes))
    return replace(
        job,
        phases=Phases(training=training),
        seen=replace(job.seen, last_step=steps),
        orders=replace(job.orders, tokens=tokens),
    )


def known(*paces: JobPace) -> BaseModelFacts:
    return BaseModelFacts(BASE, paces=paces)


def others(count: int, seconds: float = 6, steps: int = 100, tokens: float | None = None) -> BaseModelFacts:
    return known(*(JobPace(f"other-{n}/full-0-0", seconds, steps, tokens) for n in range(count)))


class TestPaceOfAJob:
    def test_is_the_time_of_its_training_phase_by_its_last_step(self) -> None:
        pace = pace_of(finished(10, steps=100, tokens=5000))

        assert pace is not None
        assert (pace.seconds, pace.steps, pace.tokens_per_step) == (6.0, 100, 50.0)

    def test_a_phase_that_was_never_completed_ends_with_the_job(self) -> None:
        job = replace(finished(10), phases=running().phases, ended_at=later(minutes=104))

        pace = pace_of(job)

        assert pace is not None
        assert pace.seconds == 60.0

    def test_ten_steps_are_enough(self) -> None:
        pace = pace_of(finished(10, steps=10))

        assert pace is not None
        assert (pace.seconds, pace.tokens_per_step) == (60.0, None)

    def test_nine_steps_are_too_few(self) -> None:
        assert pace_of(finished(10, steps=9)) is None

    @pytest.mark.parametrize(
        "job",
        [
            replace(finished(10), status=JobStatus.STOPPED),
            replace(finished(10), seen=CurveSeen()),
            finished(-10),
            finished(10, steps=FEWEST_STEPS - 1),
            finished(0),
            replace(finished(10), phases=Phases()),
            replace(finished(10), phases=Phases(training=Phase(PhaseStatus.COMPLETED))),
        ],
        ids=["stopped", "no steps", "ends before it starts", "few steps", "no time", "no phases", "no times"],
    )
    def test_is_not_known_of_a_job_that_does_not_tell(self, job: JobRecord) -> None:
        assert pace_of(job) is None
        assert isinstance(comparison(job, others(5), LIMITS), NotEnoughData)


class TestComparison:
    def test_fires_when_steps_took_a_multiple_of_those_of_earlier_jobs(self) -> None:
        found = comparison(finished(40), others(4), LIMITS)

        assert isinstance(found, Finding)
        assert (found.observed, found.threshold) == (24.0, 18.0)
        assert "4.0 times as long as 4 earlier jobs of this base model" in found.sentence
        assert "about 24 s each over 100 steps, not 6 s (estimated" in found.sentence
        assert "tokens a step are not known" in found.sentence
        assert "more than 3 times counts as slow" in found.sentence

    def test_exactly_three_times_is_quiet_and_a_minute_more_is_not(self) -> None:
        assert isinstance(comparison(finished(30), others(4), LIMITS), Quiet)
        assert isinstance(comparison(finished(31), others(4), LIMITS), Finding)

    @pytest.mark.parametrize(("seconds", "lost"), [(2.0, Finding), (2.01, Quiet)])
    def test_ten_minutes_in_all_are_told_and_a_second_less_is_not(
        self, seconds: float, lost: type[Answer]
    ) -> None:
        job = finished(800 / 60)  # 8 s a step

        assert isinstance(comparison(job, others(4, seconds=seconds), LIMITS), lost)

    def test_the_middle_of_the_earlier_jobs_is_compared_with(self) -> None:
        facts = known(*(JobPace(f"other-{s}/full-0-0", s, 100) for s in (1.0, 5.0, 40.0)))

        found = comparison(finished(40), facts, LIMITS)

        assert isinstance(found, Finding)
        assert found.threshold == 15.0

    @pytest.mark.parametrize(("steps", "answer"), [(150, Finding), (151, NotEnoughData)])
    def test_a_job_with_half_as_many_steps_again_is_the_longest_compared_with(
        self, steps: int, answer: type[Answer]
    ) -> None:
        assert isinstance(comparison(finished(40), others(4, steps=steps), LIMITS), answer)

    def test_more_tokens_a_step_are_granted_in_proportion(self) -> None:
        found = comparison(finished(40, tokens=2500), others(4, tokens=20), LIMITS)

        assert isinstance(found, Finding)
        assert (found.observed, found.threshold) == (24.0, 22.5)

    @pytest.mark.parametrize(("own", "theirs"), [(2500, None), (0, 20)])
    def test_tokens_that_one_side_does_not_know_grant_nothing(self, own: int, theirs: float | None) -> None:
        found = comparison(finished(40, tokens=own), others(4, tokens=theirs), LIMITS)

        assert isinstance(found, Finding)
        assert found.threshold == 18.0
        assert "tokens a step are not known for all, so not allowed for" in found.sentence

    def test_tokens_that_one_of_the_earlier_jobs_does_not_tell_are_said_not_to_be_known(self) -> None:
        facts = known(*others(2, tokens=20).paces, JobPace("silent/full-0-0", 6, 100))

        found = comparison(finished(40, tokens=2000), facts, LIMITS)

        assert isinstance(found, Finding)
        assert "tokens a step are not known for all" in found.sentence

    def test_less_is_quiet(self) -> None:
        assert isinstance(comparison(finished(29), others(4), LIMITS), Quiet)

    def test_a_few_minutes_in_all_are_quiet(self) -> None:
        assert isinstance(comparison(finished(10), others(4, seconds=0.3), LIMITS), Quiet)

    def test_two_earlier_jobs_are_too_few(self) -> None:
        answer = comparison(finished(40), others(2), LIMITS)

        assert answer == NotEnoughData(Signal.STEP_TIME, 2, 3)

    def test_the_rehearsal_of_the_same_run_is_enough(self) -> None:
        job = finished(40)
        rehearsal = JobPace(f"{job.key.run_id}/rehearsal-0-0", 6, 20)

        found = comparison(job, known(rehearsal), LIMITS)

        assert isinstance(found, Finding)
        assert "the rehearsal of this run" in found.sentence

    def test_a_step_with_more_tokens_is_granted_more_time(self) -> None:
        assert isinstance(comparison(finished(40, tokens=8000), others(4, tokens=20), LIMITS), Quiet)
        found = comparison(finished(40, tokens=2000), others(4, tokens=20), LIMITS)

        assert isinstance(found, Finding)
        assert "tokens a step are allowed for" in found.sentence

    def test_a_step_with_fewer_tokens_is_not_expected_to_be_faster(self) -> None:
        assert isinstance(comparison(finished(20, tokens=100), others(4, tokens=2000), LIMITS), Quiet)

    def test_a_short_job_is_not_compared_with_long_ones_which_hide_their_start(self) -> None:
        assert isinstance(comparison(finished(40, steps=20), others(4, steps=300), LIMITS), NotEnoughData)

    def test_a_job_is_not_compared_with_itself_when_a_tick_is_repeated(self) -> None:
        job = finished(40)
        itself = pace_of(job)
        assert itself is not None
        facts = known(*others(3).paces, itself)

        found = comparison(job, facts, LIMITS)

        assert isinstance(found, Finding)
        assert "3 earlier jobs" in found.sentence


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.1234, "0.123 s"), (119.0, "119 s"), (120.0, "2 minutes"), (5400.0, "90 minutes")]
)
def test_a_duration_is_told_in_seconds_up_to_two_minutes(seconds: float, told: str) -> None:
    assert duration(seconds) == told
