import pytest

from finetune_guard.core import wire
from finetune_guard.core.config import RunConfig
from local.demo.stories import DIVERGING, FIVE, GOES_BAD_LATE, HEALED, STALLED, Story
from tests.configs import read_config

PAIRS = [(f"How does {n:04} begin", f"and how it goes on, {n} times") for n in range(600)]


def test_there_are_five_stories_with_different_names() -> None:
    assert len({story.name for story in FIVE}) == len(FIVE) == 5


@pytest.mark.parametrize("story", FIVE, ids=lambda story: story.name)
def test_the_config_of_each_story_is_one_that_the_stack_reads(story: Story) -> None:
    config = read_config(wire.dumps(story.config("a-bucket")))

    assert isinstance(config, RunConfig)
    assert config.job_name == story.name


@pytest.mark.parametrize("story", FIVE, ids=lambda story: story.name)
def test_each_story_has_as_many_records_as_it_says(story: Story) -> None:
    assert len(story.data.content(PAIRS).splitlines()) == story.data.records


def test_only_the_late_story_has_noise_and_only_after_its_border() -> None:
    noisy = [story for story in FIVE if story.data.noise_from is not None]

    assert noisy == [GOES_BAD_LATE]
    lines = GOES_BAD_LATE.data.content(PAIRS).decode().splitlines()
    clean = [line for line in lines if "and how it goes on" in line]
    assert lines[: len(clean)] == clean
    assert len(clean) == round(0.6 * GOES_BAD_LATE.data.records)


def test_the_healed_run_is_expected_at_a_third_of_what_was_asked() -> None:
    asked = float(HEALED.hyperparameters["learningRate"])

    assert float(HEALED.expected.full_rate or "nan") == pytest.approx(asked / 3, rel=0.01)


def test_the_stories_that_must_cost_no_full_run_expect_none() -> None:
    assert not any(job.startswith("full") for job in (*DIVERGING.expected.jobs, *STALLED.expected.jobs))
