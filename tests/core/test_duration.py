"""How long a run will take, from what finished jobs have shown."""

from dataclasses import replace

import pytest

from finetune_guard.core.config import RunOrders
from finetune_guard.core.decisions import Mode
from finetune_guard.core.detectors.pace import pace_of
from finetune_guard.core.duration import Duration, HoursRange, expect, judge_time
from finetune_guard.core.jobs import Phase, Phases, PhaseStatus
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.plans import part_name
from tests.builders import START, completed, later
from tests.core.test_estimating import estimated

#: The full run of `estimated` has 1,000 steps of about 283 tokens.
TOKENS_A_STEP = 282.843


def expected(*paces: JobPace, mode: Mode = Mode.FULL_RUN) -> Duration:
    return expect(estimated(mode), BaseModelFacts("a base", paces=paces))


def pace(seconds: float, tokens: float | None = TOKENS_A_STEP, waited: float | None = None) -> JobPace:
    return JobPace(f"run/{seconds}", seconds, 100, tokens, waited)


def rounded(hours: HoursRange | None) -> tuple[float, float] | None:
    return (round(hours.low, 2), round(hours.high, 2)) if hours else None


@pytest.mark.parametrize("seen", [None, BaseModelFacts("a base")])
def test_without_a_finished_job_only_what_others_saw_is_told_with_its_source(
    seen: BaseModelFacts | None,
) -> None:
    duration = expect(estimated(), seen)

    assert (duration.jobs, duration.most_hours) == (0, 4.0)
    assert "no job of this base has finished here yet" in duration.basis
    assert "1 to 2 hours" in duration.basis
    assert duration.source.startswith("AWS")


def test_training_is_steps_times_the_paces_that_were_seen() -> None:
    [stage] = expected(pace(3.6), pace(7.2), pace(5.4)).stages

    assert rounded(stage.training) == (1.0, 2.0)
    assert stage.waiting is None


def test_the_wait_before_training_is_told_apart() -> None:
    [stage] = expected(*(pace(3.6, waited=waited) for waited in (360, 1800, 7200))).stages

    assert rounded(stage.waiting) == (0.1, 2.0)
    assert rounded(stage.training) == (1.0, 1.0)
    [job] = expected(*(pace(3.6, waited=waited) for waited in (360, 1800, 7200))).each
    assert rounded(job.whole) == (1.1, 3.0)


def test_few_jobs_give_a_wide_range_and_say_so() -> None:
    duration = expected(pace(3.6))

    assert rounded(duration.stages[0].training) == (0.5, 2.0)
    assert duration.basis == "from 1 finished job of this base, a wide guess"


def test_steps_with_more_tokens_are_granted_more_time_and_fewer_are_not_counted_on() -> None:
    short = [pace(3.6, TOKENS_A_STEP / 2)] * 3
    long = [pace(3.6, TOKENS_A_STEP * 2)] * 3

    assert rounded(expected(*short).stages[0].training) == (1.0, 2.0)
    assert rounded(expected(*long).stages[0].training) == (0.5, 1.0)


def test_a_pace_whose_tokens_are_not_known_is_taken_as_it_is() -> None:
    assert rounded(expected(*[pace(3.6, None)] * 3).stages[0].training) == (1.0, 1.0)


def test_a_run_of_unknown_steps_is_not_foretold() -> None:
    duration = expect(estimated(records=None, mode=Mode.FULL_RUN), BaseModelFacts("b", paces=(pace(1),)))

    assert duration.jobs == 0
    assert "the steps cannot be foreseen" in duration.basis


def test_jobs_follow_each_other_but_for_the_rates_of_a_sweep_that_run_two_at_a_time() -> None:
    paces = BaseModelFacts("a base", paces=tuple([pace(36.0, waited=900)] * 3))
    duration = expect(estimated(sweep=True, run=RunOrders(segments=2)), paces)

    assert [part_name(job.stage, job.segment) for job in duration.each] == [
        "rehearsal",
        "rehearsal",
        "rehearsal",
        "probe",
        "segment-1",
        "segment-2",
    ]
    rehearsal, probe, segment = (rounded(duration.each[place].whole) for place in (0, 3, 5))
    assert (rehearsal, probe, segment) == ((0.75, 0.75), (0.29, 0.29), (5.25, 5.25))
    assert rounded(duration.total) == (2 * 0.75 + 0.29 + 2 * 5.25,) * 2
    assert round(duration.most_hours, 2) == 3 * 0.75 + 0.29 + 2 * 5.25
    assert [(stage.jobs, stage.at_once) for stage in duration.stages] == [(3, 2), (2, 1)]


def test_where_no_job_has_finished_the_whole_is_made_of_the_usual_hours_and_labelled() -> None:
    duration = expect(estimated(sweep=True), None)

    assert duration.total == HoursRange(3.0, 6.0)
    assert duration.most_hours == 8.0
    assert duration.source.startswith("AWS")
    assert all(job.whole is None for job in duration.each)


def test_max_hours_is_held_against_each_job_of_a_run_in_segments_and_not_against_the_whole() -> None:
    paces = BaseModelFacts("a base", paces=tuple([pace(36.0, waited=0)] * 3))
    duration = expect(estimated(run=RunOrders(segments=2)), paces)

    assert judge_time(duration, 5.01) == ()
    [problem] = judge_time(duration, 4.9)
    assert problem.message.startswith("Segment 2 is expected to take 5 hours at least")


def test_hours_below_the_least_that_is_expected_are_warned_of() -> None:
    duration = expected(*[pace(3.6, waited=360)] * 3)

    [problem] = judge_time(duration, 1.05)
    assert (problem.code, problem.severity, problem.key) == ("TI001", "warning", "run.max_hours")
    assert "The full run is expected to take 1.1 hours at least" in problem.message
    assert judge_time(duration, 1.2) == ()


def test_hours_below_what_small_jobs_take_are_warned_of_with_whose_experience_it_is() -> None:
    [problem] = judge_time(expect(estimated(), None), 0.5)

    assert "no job of this base has finished here yet" in problem.message
    assert problem.source.startswith("AWS")
    assert judge_time(expect(estimated(), None), 1.0) == ()


def test_a_finished_job_shows_how_long_it_waited_before_it_trained() -> None:
    training = Phase(PhaseStatus.COMPLETED, later(minutes=30), later(minutes=50))
    job = completed(phases=Phases(training=training))

    learnt = pace_of(job)
    assert learnt
    assert (learnt.waited, learnt.seconds) == (1800.0, 12.0)
    untold = pace_of(replace(job, created_at=None))
    assert untold
    assert untold.waited is None
    assert job.created_at == START
