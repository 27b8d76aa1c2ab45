"""Every rule: a setting that it complains of, and the like of it that it lets pass."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import RULES, judge_names, judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.runs import Problem

LLAMA, LITE, MICRO = "llama-3.1-8b", "nova-lite", "nova-micro"
HAIKU, TITAN, PREMIER, IMAGE = (
    "claude-3-haiku",
    "titan-text-express",
    "titan-text-premier",
    "amazon-titan-image",
)


def base_of(name: str) -> BaseModel:
    base = find(name)
    assert base is not None
    return base


def judged(
    name: str,
    values: Mapping[str, str] | None = None,
    records: int | None = 2000,
    beside: int | None = 200,
    splits: bool = False,
) -> tuple[Problem, ...]:
    base, values = base_of(name), values or {}
    return judge_setting(Setting(base, values, records, beside, splits, batch_of(base, values)))


def found(code: str, problems: tuple[Problem, ...]) -> Problem | None:
    return next((problem for problem in problems if problem.code == code), None)


CASES: list[tuple[str, str, tuple[object, ...], tuple[object, ...]]] = [
    ("HP002", "error", (LLAMA, {"weightDecay": "0.01"}), (LLAMA, {"epochCount": "2"})),
    ("HP002", "error", (HAIKU, {"learningRate": "0.1"}), (HAIKU, {"learningRateMultiplier": "1"})),
    ("HP002", "info", (LITE, {"batchSize": "1"}), (LITE, {"epochCount": "2"})),
    ("HP003", "error", (LLAMA, {"epochCount": "3.0"}), (LLAMA, {"epochCount": "3"})),
    ("HP003", "error", (LLAMA, {"learningRate": "nan"}), (LLAMA, {"learningRate": "1e-4"})),
    ("HP003", "error", (LLAMA, {"learningRate": "auto"}), (LLAMA, {})),
    ("HP003", "error", (IMAGE, {"stepCount": "sure"}), (IMAGE, {"stepCount": "auto"})),
    ("HP004", "error", (HAIKU, {"epochCount": "12"}), (HAIKU, {"epochCount": "10"})),
    ("HP004", "error", (LLAMA, {"batchSize": "2"}), (LLAMA, {"batchSize": "1"})),
    ("HP004", "error", (LLAMA, {"learningRate": "0.1000001"}), (LLAMA, {"learningRate": "0.1"})),
    ("HP005", "error", (IMAGE, {}), (IMAGE, {"stepCount": "500"})),
    (
        "HP006",
        "warning",
        (LITE, {"learningRateWarmupSteps": "21"}),
        (LITE, {"learningRateWarmupSteps": "20"}),
    ),
    ("HP010", "error", (LLAMA, {}, 89, 10), (LLAMA, {}, 90, 10)),
    ("HP010", "error", (HAIKU, {}, 31, 10), (HAIKU, {}, 32, 10)),
    ("HP010", "error", (LITE, {}, 7), (LITE, {}, None)),
    ("HP011", "error", (LLAMA, {}, 10_001, 0), (LLAMA, {}, 10_000, 0)),
    ("HP011", "error", (LLAMA, {}, 9_990, 11), (LLAMA, {}, 9_990, 10)),
    ("HP011", "error", (HAIKU, {}, 2000, 1001), (HAIKU, {}, 2000, 1000)),
    ("HP020", "warning", (LITE, {"learningRateWarmupSteps": "20"}, 150), (LITE, {}, 2000)),
    ("HP021", "warning", (LITE, {"learningRateWarmupSteps": "10"}, 300), (LITE, {}, 2000)),
    (
        "HP022",
        "info",
        (LITE, {"learningRateWarmupSteps": "20"}, 800),
        (LITE, {"learningRateWarmupSteps": "15"}, 800),
    ),
    ("HP030", "warning", (LLAMA, {"learningRate": "0.03"}), (LLAMA, {"learningRate": "0.0003"})),
    ("HP030", "warning", (LITE, {"learningRate": "0.0001"}), (LITE, {"learningRate": "0.00005"})),
    ("HP030", "info", (LITE, {"learningRate": "0.00006"}), (LITE, {})),
    ("HP031", "warning", (LLAMA, {"learningRate": "0.000009"}), (LLAMA, {"learningRate": "0.00001"})),
    ("HP040", "warning", (HAIKU, {}, 400), (HAIKU, {}, 2000)),
    ("HP041", "warning", (HAIKU, {}, 1000), (HAIKU, {}, 2000)),
    ("HP042", "warning", (HAIKU, {}, 300), (HAIKU, {}, 330)),
    ("HP050", "warning", (LLAMA, {}, 200, 0), (LLAMA, {}, 200, 20)),
    ("HP050", "warning", (LLAMA, {}, 2000, 0, False), (LLAMA, {}, 2000, 0, True)),
]


@pytest.mark.parametrize(("code", "severity", "wrong", "right"), CASES)
def test_a_rule_complains_of_the_wrong_and_lets_the_right_pass(
    code: str, severity: str, wrong: tuple[object, ...], right: tuple[object, ...]
) -> None:
    complaint = found(code, judged(*wrong))  # type: ignore[arg-type]
    assert complaint is not None
    assert complaint.severity == severity
    assert complaint.source
    assert found(code, judged(*right)) is None  # type: ignore[arg-type]


def test_the_parametrised_test_covers_every_rule() -> None:
    assert {case[0] for case in CASES} == {rule.code for rule in RULES}


@pytest.mark.parametrize(
    ("name", "key", "nearest"),
    [
        (LITE, "warmupSteps", "learningRateWarmupSteps"),
        (LITE, "scheduler", "learningRateWarmupSteps"),
        (HAIKU, "learningRate", "learningRateMultiplier"),
        (LLAMA, "epoch_count", "epochCount"),
        (LLAMA, "learning_rate", "learningRate"),
    ],
)
def test_an_unknown_hyperparameter_names_the_nearest_of_the_base(name: str, key: str, nearest: str) -> None:
    complaint = found("HP002", judged(name, {key: "1"}))
    assert complaint is not None
    assert complaint.suggestion.startswith(f"Nearest is {nearest}.")
    assert complaint.key == f"hyperparameters.{key}"


def test_what_no_base_has_is_to_be_left_out() -> None:
    complaint = found("HP002", judged(LLAMA, {"weightDecay": "0.01"}))
    assert complaint is not None
    assert complaint.suggestion.startswith("Leave it out.")


def test_without_a_base_the_seeds_foreign_hyperparameters_are_named_all_the_same() -> None:
    values = {"batchSize": "2", "weightDecay": "0.01", "warmupSteps": "100", "scheduler": "cosine"}
    assert {problem.key for problem in judge_names(values)} == {
        "hyperparameters.weightDecay",
        "hyperparameters.warmupSteps",
        "hyperparameters.scheduler",
    }


def test_a_rate_that_will_diverge_is_a_warning_since_the_rehearsal_is_there_to_see_it() -> None:
    assert not [p for p in judged(LLAMA, {"learningRate": "0.03"}) if p.severity == "error"]


@given(
    st.sampled_from(shipped()),
    st.dictionaries(
        st.sampled_from(["epochCount", "batchSize", "learningRate", "learningRateWarmupSteps", "x" * 200]),
        st.text(max_size=12) | st.from_regex(r"-?[0-9]{1,3}(\.[0-9]+)?(e-?[0-9]{1,7})?", fullmatch=True),
        max_size=4,
    ),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**6),
)
def test_no_setting_makes_a_rule_raise(
    base: BaseModel, values: dict[str, str], records: int | None, beside: int | None
) -> None:
    setting = Setting(base, values, records, beside, False, batch_of(base, values))
    for problem in judge_setting(setting):
        assert problem.severity in ("error", "warning", "info")
        assert problem.message
        assert len(problem.given) < 200
