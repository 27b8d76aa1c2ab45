"""How long a run will take, from what finished jobs have shown."""

from dataclasses import replace

import pytest

from finetune_guard.core.decisions import Mode
from finetune_guard.core.detectors.pace import pace_of
from finetune_guard.core.duration import Duration, HoursRange, expect, judge_time
from finetune_guard.core.jobs import Phase, Phases, PhaseStatus
from finetune_guard.core.observations import BaseModelFacts, JobPace
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
    assert rounded(stage.whole) == (1.1, 3.0)


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
