from dataclasses import replace

from finetune_guard.core.deciding import chosen_of, deciding_job, last_job
from finetune_guard.core.plans import Stage
from tests import builders, example_runs


def test_the_last_decision_s_job_decided() -> None:
    run = example_runs.keep_best()
    decided = deciding_job(run)
    assert decided
    assert decided.key.part == "segment-3"


def test_a_sweep_was_decided_by_the_rate_that_was_chosen() -> None:
    run = example_runs.sweep_chosen()
    decided = deciding_job(run)
    assert decided
    assert decided.key.candidate == 0


def test_a_sweep_without_a_choice_and_an_end_without_a_job_speak_of_the_last_job() -> None:
    for run in (example_runs.sweep_none(), example_runs.budget_reached()):
        assert deciding_job(run) == last_job(run) is not None


def test_the_answer_to_a_question_is_about_the_job_that_raised_it() -> None:
    run = example_runs.asking()
    (question,) = run.questions
    refused = example_runs.played(replace(run, questions=(replace(question, until=builders.START),)), ())
    assert refused.decisions[-1].about == "rehearsal-0-0.answer"
    assert deciding_job(refused) == run.jobs[0]


def test_a_run_that_goes_on_speaks_of_its_newest_job() -> None:
    rehearsed = builders.completed()
    full = builders.running(stage=Stage.FULL)
    assert deciding_job(builders.run(jobs=(rehearsed, full))) == full
    assert deciding_job(builders.run()) is None


def test_a_whole_full_run_after_segments_that_nothing_could_start_from_is_the_last_job() -> None:
    run = example_runs.budget_reached()
    whole = builders.completed(stage=Stage.FULL, intended_at=builders.later(hours=9))
    assert last_job(replace(run, jobs=(*run.jobs, whole))) == whole


def test_only_a_sweep_has_a_choice() -> None:
    run = example_runs.keep_best()
    assert run.plan
    assert chosen_of(run, run.plan) is None
