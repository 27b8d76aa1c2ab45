from dataclasses import replace

import pytest

from finetune_guard.core.job_words import job_words, rate_words
from finetune_guard.core.names import JobKey
from finetune_guard.core.plans import Stage
from tests import builders, example_runs


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (JobKey("r", Stage.REHEARSAL), "rehearsal"),
        (JobKey("r", Stage.REHEARSAL, candidate=1), "rehearsal, 2nd try"),
        (JobKey("r", Stage.PROBE), "probe"),
        (JobKey("r", Stage.FULL, attempt=1), "full run, resumed"),
        (JobKey("r", Stage.FULL, segment=2, candidate=1, attempt=2), "segment 2, 2nd try, resumed 2 times"),
        (JobKey("r", Stage.REHEARSAL, candidate=4), "rehearsal, try 5"),
    ],
)
def test_a_job_is_called_by_its_part_its_try_and_its_resumption(key: JobKey, words: str) -> None:
    assert key.told == words


def test_a_segment_is_told_with_how_many_there_are() -> None:
    run = example_runs.keep_best()
    again = replace(run.jobs[3], key=replace(run.jobs[3].key, attempt=1))
    assert job_words(run, run.jobs[3]) == "segment 2 of 4"
    assert job_words(run, again) == "segment 2 of 4, resumed"


def test_the_candidates_of_a_sweep_are_told_by_their_rates() -> None:
    run = example_runs.sweep_chosen()
    assert [job_words(run, job) for job in run.jobs] == [
        "rehearsal at 0.0001",
        "rehearsal at 0.0003",
        "rehearsal at 0.00003",
    ]


def test_a_base_without_a_rate_has_no_words_for_it() -> None:
    run = builders.run(plan=builders.plan(learning_rate=None))
    assert rate_words(run, builders.completed()) == ""
