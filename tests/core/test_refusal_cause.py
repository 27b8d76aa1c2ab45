from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.refusal_cause import LONGEST_CAUSE, cause, line
from finetune_guard.core.runs import Problem

WARMUP = Problem(
    "HP002",
    "error",
    "hyperparameters.warmupSteps",
    '"100"',
    "amazon.nova-lite-v1:0:300k has no warmupSteps.",
    "Did you mean learningRateWarmupSteps?",
    "AWS, custom-models-hp",
)
HEAD = "Pre-flight refuses."


def problem(message: str, severity: str = "error") -> Problem:
    return Problem("HP002", severity, "", "", message, "", "")


def test_a_problem_is_one_line_of_code_key_sentence_and_the_nearest() -> None:
    assert line(WARMUP) == (
        "HP002 hyperparameters.warmupSteps: amazon.nova-lite-v1:0:300k has no warmupSteps. "
        "Did you mean learningRateWarmupSteps?"
    )


def test_what_refuses_nothing_is_said_to_be_a_warning() -> None:
    assert line(problem("It is slow.", "warning")) == "warning HP002 config: It is slow."


def test_a_problem_of_the_whole_config_says_so() -> None:
    assert line(problem("It is not JSON.")) == "HP002 config: It is not JSON."


def test_a_cause_is_the_sentence_and_a_line_for_each_error() -> None:
    told = cause(HEAD, (WARMUP, problem("Only a warning.", "warning"), problem("Two\nlines.")))

    assert told.splitlines() == [HEAD, line(WARMUP), "HP002 config: Two lines."]


def test_a_cause_without_problems_is_the_sentence_alone() -> None:
    assert cause(HEAD, ()) == HEAD


@given(st.lists(st.text(max_size=400), max_size=100), st.integers(0, 2 * LONGEST_CAUSE))
def test_a_cause_is_never_too_long_and_ends_between_two_lines(messages: list[str], head: int) -> None:
    problems = [problem(message) for message in messages]

    told = cause("x" * head, problems)

    assert len(told) <= LONGEST_CAUSE
    if problems and not told.endswith("which the report has."):
        assert told.endswith(line(problems[-1]))


def test_what_is_cut_off_is_counted() -> None:
    told = cause(HEAD, [problem("x" * 1_000)] * 10).splitlines()

    assert [len(told), told[-1]] == [5, "and 7 more, which the report has."]
