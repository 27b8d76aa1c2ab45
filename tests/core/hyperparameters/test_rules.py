"""Every rule: a setting that it complains of, and the like of it that it lets pass."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.hyperparameters.rule import AWS_HP, Setting
from finetune_guard.core.hyperparameters.rules import RULES, judge_names, judge_setting
from finetune_guard.core.hyperparameters.size_rules import AWS_QUOTA
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.hyperparameters.value_rules import AWS_EPOCHS
from finetune_guard.core.plans import TokenRange
from finetune_guard.core.runs import Problem
from finetune_guard.core.sources import AWS_PREPARE, JUDGEMENT

LLAMA, LITE, MICRO, PRO = "llama-3.1-8b", "nova-lite", "nova-micro", "nova-pro"
HAIKU, TITAN, TITAN_LITE, PREMIER, IMAGE = (
    "claude-3-haiku",
    "titan-text-express",
    "titan-text-lite",
    "titan-text-premier",
    "amazon-titan-image",
)
COMMAND = "cohere-command"
WARMUP, THRESHOLD = "learningRateWarmupSteps", "earlyStoppingThreshold"


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
    longest: TokenRange | None = None,
    sweep: str = "",
) -> tuple[Problem, ...]:
    base, values = base_of(name), values or {}
    rates = tuple(map(Decimal, sweep.split()))
    batch = batch_of(base, values)
    return judge_setting(Setting(base, values, records, beside, splits, batch, longest, rates))


def swept(name: str, rates: str, **values: str) -> tuple[object, ...]:
    """Arguments of `judged`: a base whose rehearsal compares rates."""
    return (name, values, 2000, 200, False, None, rates)


def found(code: str, problems: tuple[Problem, ...]) -> Problem | None:
    return next((problem for problem in problems if problem.code == code), None)


#: A code, a severity, a setting that gets both, and the like of it, on the other side of the number, that
#: does not.
CASES: list[tuple[str, str, tuple[object, ...], tuple[object, ...]]] = [
    ("HP002", "error", (LLAMA, {"weightDecay": "0.01"}), (LLAMA, {"epochCount": "2"})),
    ("HP002", "error", (HAIKU, {"learningRate": "0.1"}), (HAIKU, {"learningRateMultiplier": "1"})),
    ("HP002", "info", (LITE, {"batchSize": "1"}), (LITE, {"epochCount": "2"})),
    ("HP003", "error", (LLAMA, {"epochCount": "3.0"}), (LLAMA, {"epochCount": "3"})),
    ("HP003", "error", (LLAMA, {"learningRate": "nan"}), (LLAMA, {"learningRate": "1e-4"})),
    ("HP003", "error", (LLAMA, {"learningRate": "1e-999999"}), (LLAMA, {"learningRate": "1e-4"})),
    ("HP003", "error", (LLAMA, {"learningRate": "auto"}), (LLAMA, {})),
    ("HP003", "error", (IMAGE, {"stepCount": "sure"}), (IMAGE, {"stepCount": "auto"})),
    ("HP004", "error", (HAIKU, {"epochCount": "11"}), (HAIKU, {"epochCount": "10"})),
    ("HP004", "error", (HAIKU, {"epochCount": "0"}), (HAIKU, {"epochCount": "1"})),
    ("HP004", "error", (LLAMA, {"batchSize": "2"}), (LLAMA, {"batchSize": "1"})),
    ("HP004", "error", (LLAMA, {"learningRate": "0.1000001"}), (LLAMA, {"learningRate": "0.1"})),
    ("HP004", "error", (LLAMA, {"learningRate": "0.00000499"}), (LLAMA, {"learningRate": "0.000005"})),
    ("HP005", "error", (IMAGE, {}), (IMAGE, {"stepCount": "500"})),
    ("HP006", "warning", (LITE, {WARMUP: "21"}), (LITE, {WARMUP: "20"})),
    ("HP006", "warning", (LITE, {WARMUP: "100"}), (LITE, {WARMUP: "101"})),
    ("HP010", "error", (LLAMA, {}, 89, 10), (LLAMA, {}, 90, 10)),
    ("HP010", "error", (HAIKU, {}, 31, 10), (HAIKU, {}, 32, 10)),
    ("HP010", "error", (LITE, {}, 7), (LITE, {}, 8)),
    ("HP010", "error", (LITE, {}, 7), (LITE, {}, None)),
    ("HP011", "error", (LLAMA, {}, 10_001, 0), (LLAMA, {}, 10_000, 0)),
    ("HP011", "error", (LLAMA, {}, 9_990, 11), (LLAMA, {}, 9_990, 10)),
    ("HP011", "error", (HAIKU, {}, 2000, 1001), (HAIKU, {}, 2000, 1000)),
    ("HP011", "error", (COMMAND, {}, 10_001, 0), (COMMAND, {}, 10_000, 0)),
    ("HP013", "error", (TITAN, {"batchSize": "2"}, 2000, 0, True, TokenRange(2049, 4098)), (TITAN, {})),
    (
        "HP013",
        "error",
        (TITAN, {"batchSize": "2"}, 2000, 0, True, TokenRange(2049, 4098)),
        (TITAN, {"batchSize": "1"}, 2000, 0, True, TokenRange(2049, 4098)),
    ),
    (
        "HP013",
        "error",
        (TITAN_LITE, {"batchSize": "3"}, 2000, 0, True, TokenRange(2049, 4098)),
        (TITAN_LITE, {"batchSize": "2"}, 2000, 0, True, TokenRange(2049, 4098)),
    ),
    (
        "HP013",
        "warning",
        (TITAN, {"batchSize": "2"}, 2000, 0, True, TokenRange(2048, 2049)),
        (TITAN, {"batchSize": "2"}, 2000, 0, True, TokenRange(1024, 2048)),
    ),
    ("HP014", "warning", (LITE, {}, 99), (LITE, {}, 100)),
    ("HP014", "warning", (LITE, {}, 99), (LLAMA, {}, 99)),
    ("HP020", "warning", (LITE, {WARMUP: "20"}, 160), (LITE, {WARMUP: "19"}, 160)),
    ("HP021", "warning", (LITE, {WARMUP: "21"}, 800), (LITE, {WARMUP: "20"}, 800)),
    ("HP021", "warning", (LITE, {WARMUP: "19"}, 160), (LITE, {WARMUP: "20"}, 160)),
    ("HP022", "info", (LITE, {WARMUP: "16"}, 800), (LITE, {WARMUP: "15"}, 800)),
    ("HP022", "info", (MICRO, {WARMUP: "16"}, 3200), (MICRO, {WARMUP: "15"}, 3200)),
    ("HP022", "info", (PRO, {WARMUP: "16"}, 1600), (PRO, {WARMUP: "15"}, 1600)),
    ("HP030", "warning", (LLAMA, {"learningRate": "0.000301"}), (LLAMA, {"learningRate": "0.0003"})),
    ("HP030", "warning", (LLAMA, {"learningRate": "0.001"}), (LLAMA, {"learningRate": "0.0003"})),
    ("HP030", "error", (LLAMA, {"learningRate": "0.00101"}), (LLAMA, {"learningRate": "0.0003"})),
    ("HP030", "warning", (COMMAND, {"learningRate": "0.00011"}), (COMMAND, {"learningRate": "0.0001"})),
    ("HP030", "error", (COMMAND, {"learningRate": "0.0011"}), (COMMAND, {"learningRate": "0.0001"})),
    ("HP030", "warning", (TITAN, {"learningRate": "0.001"}), (TITAN, {"learningRate": "0.0001"})),
    ("HP030", "error", (TITAN, {"learningRate": "0.0011"}), (TITAN, {"learningRate": "0.0001"})),
    ("HP030", "warning", (LITE, {"learningRate": "0.0001"}), (LITE, {"learningRate": "0.00005"})),
    ("HP030", "info", (LITE, {"learningRate": "0.0000999"}), (LITE, {})),
    ("HP030", "info", (LITE, {"learningRate": "0.000051"}), (LITE, {"learningRate": "0.00005"})),
    ("HP031", "warning", (LLAMA, {"learningRate": "0.0000099"}), (LLAMA, {"learningRate": "0.00001"})),
    (
        "HP032",
        "warning",
        (HAIKU, {"learningRateMultiplier": "1.51", "batchSize": "15"}),
        (HAIKU, {"learningRateMultiplier": "1.5", "batchSize": "15"}),
    ),
    (
        "HP032",
        "warning",
        (HAIKU, {"learningRateMultiplier": "2", "batchSize": "15"}),
        (HAIKU, {"learningRateMultiplier": "2", "batchSize": "16"}),
    ),
    (
        "HP033",
        "warning",
        (COMMAND, {"learningRate": "0.00001"}, 2000, 1),
        (COMMAND, {"learningRate": "0.00001"}, 2000, 0),
    ),
    ("HP033", "warning", (COMMAND, {"learningRate": "0.00001"}, 2000, 0, True), (COMMAND, {}, 2000, 1)),
    ("HP034", "error", swept(LLAMA, "0.0001 0.1000001"), swept(LLAMA, "0.0001 0.1")),
    ("HP034", "error", swept(LLAMA, "0.0001 0.00000499"), swept(LLAMA, "0.0001 0.000005")),
    ("HP034", "error", swept(HAIKU, "1 2.1"), swept(HAIKU, "1 2")),
    ("HP035", "info", swept(LITE, "0.00001 0.000051"), swept(LITE, "0.00001 0.00005")),
    ("HP035", "error", swept(LLAMA, "0.0001 0.00101"), swept(LLAMA, "0.0001 0.0003")),
    ("HP035", "warning", swept(LLAMA, "0.0001 0.0000099"), swept(LLAMA, "0.0001 0.00001")),
    ("HP035", "warning", swept(HAIKU, "1 1.51", batchSize="15"), swept(HAIKU, "1 1.51", batchSize="16")),
    ("HP035", "warning", swept(LLAMA, "0.0001 0.000301"), swept(LLAMA, "0.0001 0.0003")),
    ("HP036", "warning", swept(COMMAND, "0.00001 0.00003"), (COMMAND, {}, 2000, 200)),
    ("HP040", "warning", (LLAMA, {"epochCount": "1"}, 29), (LLAMA, {"epochCount": "1"}, 30)),
    ("HP041", "warning", (LLAMA, {"epochCount": "1"}, 99), (LLAMA, {"epochCount": "1"}, 100)),
    ("HP041", "warning", (LLAMA, {"epochCount": "1"}, 30), (LLAMA, {"epochCount": "1"}, 29)),
    ("HP041", "warning", (LLAMA, {"epochCount": "9"}, 11), (LLAMA, {"epochCount": "10"}, 9)),
    ("HP042", "warning", (HAIKU, {}, 319), (HAIKU, {}, 320)),
    ("HP043", "info", (LLAMA, {"epochCount": "10"}, 2501), (LLAMA, {"epochCount": "10"}, 2500)),
    ("HP043", "info", (LLAMA, {"epochCount": "2"}, 25_001), (LLAMA, {"epochCount": "1"}, 25_001)),
    ("HP044", "info", (LITE, {"epochCount": "3"}, 1000), (LITE, {"epochCount": "3"}, 999)),
    ("HP044", "info", (LITE, {"epochCount": "3"}, 5000), (LITE, {"epochCount": "2"}, 5000)),
    ("HP044", "info", (LITE, {"epochCount": "2"}, 5001), (LITE, {"epochCount": "1"}, 5001)),
    ("HP045", "warning", (LLAMA, {"epochCount": "4"}, 499, 0), (LLAMA, {"epochCount": "4"}, 500, 0)),
    ("HP045", "warning", (LLAMA, {"epochCount": "4"}, 499, 0), (LLAMA, {"epochCount": "3"}, 499, 0)),
    ("HP045", "warning", (LLAMA, {"epochCount": "4"}, 499, 0), (LLAMA, {"epochCount": "4"}, 499, 1)),
    ("HP050", "warning", (LLAMA, {}, 200, 0), (LLAMA, {}, 200, 1)),
    ("HP050", "warning", (LLAMA, {}, 2000, 0, False), (LLAMA, {}, 2000, 0, True)),
    ("HP052", "warning", (LLAMA, {}, 2000, 99), (LLAMA, {}, 2000, 100)),
    (
        "HP060",
        "info",
        (HAIKU, {"earlyStoppingThreshold": "0.021"}),
        (HAIKU, {"earlyStoppingThreshold": "0.02"}),
    ),
    ("HP060", "info", (HAIKU, {"earlyStoppingPatience": "1"}), (HAIKU, {"earlyStoppingPatience": "2"})),
]


@pytest.mark.parametrize(("code", "severity", "wrong", "right"), CASES)
def test_a_rule_complains_of_the_wrong_and_lets_the_right_pass(
    code: str, severity: str, wrong: tuple[object, ...], right: tuple[object, ...]
) -> None:
    complaint = found(code, judged(*wrong))  # type: ignore[arg-type]
    assert complaint is not None
    assert complaint.severity == severity
    assert complaint.source
    assert complaint.message.endswith(".")
    assert found(code, judged(*right)) is None  # type: ignore[arg-type]


def test_the_parametrised_test_covers_every_rule_in_each_of_its_severities() -> None:
    tested = {(code, severity) for code, severity, _, _ in CASES}
    assert tested == {(rule.code, severity) for rule in RULES for severity in rule.severities}


def test_each_rate_of_a_sweep_is_told_by_itself_at_the_key_that_gave_it() -> None:
    problems = [each for each in judged(LLAMA, sweep="0.2 0.0001 0.0005") if each.key == "rehearsal.sweep"]

    assert [(problem.code, problem.severity, problem.given) for problem in problems] == [
        ("HP034", "error", "0.2"),
        ("HP035", "error", "0.2"),
        ("HP035", "warning", "0.0005"),
    ]
    assert problems[0].suggestion == 'Nearest is "0.1".'


def test_a_sweep_of_a_base_without_a_rate_breaks_no_rule() -> None:
    assert not any(problem.key == "rehearsal.sweep" for problem in judged("openai.gpt-oss-20b", sweep="1 2"))


def test_the_other_values_are_not_judged_again_for_each_rate() -> None:
    codes = [problem.code for problem in judged(LLAMA, {"epochCount": "99"}, sweep="0.0001 0.0002")]
    assert codes.count("HP004") == 1
    assert "HP034" not in codes


def test_a_judgement_is_called_one_in_its_source_and_its_message() -> None:
    wrong = {code: wrong for code, _, wrong, _ in CASES}
    judgements = [rule for rule in RULES if rule.certainty == "judgement"]
    assert judgements
    for rule in judgements:
        complaint = found(rule.code, judged(*wrong[rule.code]))  # type: ignore[arg-type]
        assert complaint is not None
        assert complaint.source.startswith(JUDGEMENT)
        assert complaint.message.endswith("(a judgement).")


@pytest.mark.parametrize(
    ("name", "key", "nearest"),
    [
        (LITE, "warmupSteps", "learningRateWarmupSteps"),
        (LITE, "warmup_ratio", "learningRateWarmupSteps"),
        (HAIKU, "learningRate", "learningRateMultiplier"),
        (LLAMA, "epoch_count", "epochCount"),
        (LLAMA, "EPOCHCOUNT", "epochCount"),
        (LLAMA, "num_train_epochs", "epochCount"),
        (LLAMA, "learning_rate", "learningRate"),
        (LLAMA, "learnigRate", "learningRate"),
        (HAIKU, "per_device_train_batch_size", "batchSize"),
    ],
)
def test_an_unknown_hyperparameter_names_the_nearest_of_the_base(name: str, key: str, nearest: str) -> None:
    complaint = found("HP002", judged(name, {key: "1"}))
    assert complaint is not None
    assert complaint.suggestion.startswith(f"Did you mean {nearest}? Accepted: ")
    assert complaint.key == f"hyperparameters.{key}"


@pytest.mark.parametrize(
    "key", ["weightDecay", "lora_rank", "optimizer", "seed", "bf16", "scheduler", "xyzzy"]
)
def test_what_no_base_has_is_to_be_left_out(key: str) -> None:
    complaint = found("HP002", judged(LLAMA, {key: "0.01"}))
    assert complaint is not None
    assert complaint.suggestion.startswith("Leave it out")


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("job_name", "job_name"),
        ("validation_data_path", "validation_data_path"),
        ("auto_stop", "monitoring.auto_stop"),
        ("maxHours", "run.max_hours"),
    ],
)
def test_a_key_of_the_config_among_the_hyperparameters_is_sent_to_its_place(key: str, place: str) -> None:
    complaint = found("HP002", judged(LLAMA, {key: "1"}))
    assert complaint is not None
    assert complaint.suggestion.startswith(f"{place} is a key of the config")


def test_without_a_base_the_seeds_foreign_hyperparameters_are_named_all_the_same() -> None:
    values = {"batchSize": "2", "weightDecay": "0.01", "warmupSteps": "100", "scheduler": "cosine"}
    told = {problem.key: problem for problem in judge_names(values, validation=True)}
    assert set(told) == {
        "hyperparameters.weightDecay",
        "hyperparameters.warmupSteps",
        "hyperparameters.scheduler",
    }
    assert told["hyperparameters.warmupSteps"].suggestion == "Did you mean learningRateWarmupSteps?"


def test_without_a_base_a_missing_validation_file_is_said_all_the_same() -> None:
    assert [problem.code for problem in judge_names({}, validation=False)] == ["HP050"]
    assert not judge_names({}, validation=True)


@pytest.mark.parametrize(
    ("wrong", "source"),
    [
        ((LLAMA, {}, 10_001, 0), AWS_QUOTA),
        ((LLAMA, {}, 9_990, 11), AWS_QUOTA),
        ((HAIKU, {}, 2000, 1001), AWS_PREPARE),
        ((COMMAND, {}, 10_001, 0), AWS_PREPARE),
    ],
)
def test_a_limit_that_can_be_raised_is_told_from_one_that_cannot(
    wrong: tuple[object, ...], source: str
) -> None:
    complaint = found("HP011", judged(*wrong))  # type: ignore[arg-type]
    assert complaint is not None
    assert complaint.source == source
    assert ("can be raised" in complaint.suggestion) == (source == AWS_QUOTA)


def test_only_the_most_epochs_of_llama_are_a_quota() -> None:
    for name, epochs, source in ((LLAMA, "11", AWS_EPOCHS), (LLAMA, "0", AWS_HP), (HAIKU, "11", AWS_HP)):
        complaint = found("HP004", judged(name, {"epochCount": epochs}))
        assert complaint is not None
        assert complaint.source == source


def test_a_base_of_claude_without_validation_is_told_that_early_stopping_is_blind() -> None:
    complaint = found("HP050", judged(HAIKU, {}, 2000, 0))
    assert complaint is not None
    assert "early stopping" in complaint.message


def test_a_hyperparameter_with_a_giant_name_is_told_in_a_short_line() -> None:
    complaint = found("HP002", judged(LLAMA, {"x" * 10_000: "1"}))
    assert complaint is not None
    assert len(complaint.key) < 100
    assert len(complaint.message) < 200


@given(
    st.sampled_from(shipped()),
    st.dictionaries(
        st.sampled_from(["epochCount", "batchSize", "learningRate", "learningRateWarmupSteps", "x" * 200]),
        st.text(max_size=12) | st.from_regex(r"-?[0-9]{1,3}(\.[0-9]+)?(e-?[0-9]{1,7})?", fullmatch=True),
        max_size=4,
    ),
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(0, 10**6),
    st.none() | st.builds(TokenRange, st.integers(0, 10**6), st.integers(0, 10**6)),
)
def test_no_setting_makes_a_rule_raise(
    base: BaseModel,
    values: dict[str, str],
    records: int | None,
    beside: int | None,
    longest: TokenRange | None,
) -> None:
    setting = Setting(base, values, records, beside, False, batch_of(base, values), longest)
    severities = {rule.code: rule.severities for rule in RULES}
    for problem in judge_setting(setting):
        assert problem.severity in severities[problem.code]
        assert problem.message
        assert len(problem.given) < 200
