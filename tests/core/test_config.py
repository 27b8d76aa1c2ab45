"""The input: what is accepted, and everything that is wrong told at once."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.config import MAX_HOURS, RunConfig, examine_config
from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive
from finetune_guard.core.runs import Problem
from finetune_guard.core.wire import dumps
from tests.configs import LEAST, SEED, read_config


def problems(**changes: object) -> dict[str, Problem]:
    """The problems of a config with these changes, by key."""
    read = read_config({**LEAST, **changes})
    return {problem.key: problem for problem in read} if isinstance(read, tuple) else {}


def accepted(**changes: object) -> RunConfig:
    read = read_config({**LEAST, **changes})
    assert isinstance(read, RunConfig), read
    return read


def test_the_least_config_has_the_documented_defaults() -> None:
    config = accepted()
    assert config.rehearsal.steps == 100
    assert config.run.max_hours == MAX_HOURS
    assert config.run.on_abort is OnAbort.ALERT
    assert config.monitoring.auto_stop is AutoStop.SHADOW
    assert config.budget_usd is None


def test_words_of_json_become_their_enum() -> None:
    config = accepted(monitoring={"auto_stop": "on"}, rehearsal={"on_inconclusive": "refuse"})
    assert config.monitoring.auto_stop is AutoStop.ON
    assert config.rehearsal.on_inconclusive is OnInconclusive.REFUSE


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("0.0001", "0.0001"),
        (0.0001, "0.0001"),
        (2e-05, "0.00002"),
        (3, "3"),
        (1e22, "10000000000000000000000"),
    ],
)
def test_a_hyperparameter_may_be_a_number_and_becomes_its_exact_text(given: object, text: str) -> None:
    assert accepted(hyperparameters={"learningRate": given}).hyperparameters == {"learningRate": text}


@given(st.floats(min_value=1e-100, max_value=1e100))
def test_no_digit_of_a_number_is_lost_on_its_way_to_text(number: float) -> None:
    text = accepted(hyperparameters={"learningRate": number}).hyperparameters["learningRate"]
    assert float(text) == number


@pytest.mark.parametrize("price", [0.008, "0.008", 1])
def test_a_price_of_ones_own_is_an_exact_amount(price: object) -> None:
    assert accepted(price_per_1k_tokens_usd=price).price_per_1k_tokens_usd == Decimal(str(price))


@pytest.mark.parametrize("budget", [25, 25.5, "25.50"])
def test_a_budget_is_an_exact_amount(budget: object) -> None:
    assert accepted(budget_usd=budget).budget_usd == Decimal(str(budget))


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", "CF001"),
        ("{'job_name': 'x'}", "CF001"),
        ('{"job_name": "a", "job_name": "b"}', "CF001"),
        ('{"budget_usd": NaN}', "CF001"),
        ("[" * 100_000, "CF001"),
        ('{"budget_usd": 1' + "0" * 5000 + "}", "CF001"),
        ('{"job_name": "' + "x" * 40_000 + '"}', "CF001"),
        ("[]", "CF002"),
        ('"text"', "CF002"),
        ("null", "CF002"),
        (17, "CF002"),
        (None, "CF002"),
        ('{"job_name": "\\ud800"}', "CF001"),
        ({"tags": {"x": "y" * 40_000}}, "CF001"),
    ],
)
def test_what_is_no_json_object_is_one_clear_problem(document: object, code: str) -> None:
    read = read_config(document)
    assert isinstance(read, tuple)
    assert [problem.code for problem in read] == [code]
    assert read[0].message.endswith(".")


def test_every_fault_of_the_shape_is_told_at_once() -> None:
    read = read_config({"job_name": 5, "run": {"max_hours": -1, "onabort": "stop"}, "colour": "red"})
    assert isinstance(read, tuple)
    assert {(problem.code, problem.key) for problem in read} == {
        ("CF005", "job_name"),
        ("CF003", "base_model_id"),
        ("CF003", "training_data_path"),
        ("CF003", "output_data_path"),
        ("CF006", "run.max_hours"),
        ("CF004", "run.onabort"),
        ("CF004", "colour"),
    }


@pytest.mark.parametrize(
    ("changes", "key", "suggestion"),
    [
        ({"job_nam": "x"}, "job_nam", "Did you mean job_name?"),
        ({"max_hours": 3}, "max_hours", "Did you mean run.max_hours?"),
        ({"run": {"on_abrt": "stop"}}, "run.on_abrt", "Did you mean run.on_abort?"),
        ({"monitering": {"auto_stop": "on"}}, "monitering", "Did you mean monitoring?"),
        ({"monitoring": {"autostop": "on"}}, "monitoring.autostop", "Did you mean monitoring.auto_stop?"),
        ({"rehearsal": {"step": 50}}, "rehearsal.step", "Did you mean rehearsal.steps?"),
        ({"acept": ["HP030"]}, "acept", "Did you mean accept?"),
        ({"colour": "red"}, "colour", "Remove it."),
        ({"monitoring": {"auto_stop": "shadw"}}, "monitoring.auto_stop", 'Did you mean "shadow"?'),
        ({"monitoring": {"auto_stop": "ON"}}, "monitoring.auto_stop", 'Did you mean "on"?'),
        ({"run": {"on_abort": "Stop "}}, "run.on_abort", 'Did you mean "stop"?'),
        ({"run": {"max_hours": "3.5"}}, "run.max_hours", "Write 3.5, without quotes."),
        ({"rehearsal": {"steps": "100"}}, "rehearsal.steps", "Write 100, without quotes."),
        ({"run": {"max_hours": "NaN or so"}}, "run.max_hours", ""),
        ({"run": {"max_hours": "true"}}, "run.max_hours", ""),
    ],
)
def test_the_nearest_accepted_thing_is_named(changes: dict[str, object], key: str, suggestion: str) -> None:
    assert problems(**changes)[key].suggestion == suggestion


@pytest.mark.parametrize(
    ("changes", "key", "suggestion"),
    [
        ({"epochCount": "2"}, "epochCount", "epochCount is a hyperparameter"),
        ({"learning_rate": 0.1}, "learning_rate", "learningRate is a hyperparameter"),
        ({"run": {"batchSize": 1}}, "run.batchSize", "batchSize is a hyperparameter"),
        ({"warmup_steps": 5}, "warmup_steps", "learningRateWarmupSteps is a hyperparameter"),
        ({"weight_decay": 0.01}, "weight_decay", "Leave it out: no base exposes weight decay"),
        ({"lora_alpha": 16}, "lora_alpha", "Leave it out: Bedrock chooses how it fine-tunes"),
    ],
)
def test_a_hyperparameter_in_the_wrong_place_is_sent_to_its_own(
    changes: dict[str, object], key: str, suggestion: str
) -> None:
    assert problems(**changes)[key].suggestion.startswith(suggestion)


def test_what_can_be_judged_of_a_config_of_the_wrong_shape_still_is() -> None:
    reading = examine_config(
        {
            "job_name": 5,
            "budget_usd": "12.5",
            "accept": ["HP030", 7, "HP011"],
            "run": {"segments": 3.5},
            "monitoring": {"thresholds": {"loss_spike": {"ratio": 2, "x": "y"}, "nonsense": 1.5}},
        }
    )
    assert reading.config is None
    assert reading.budget_usd == Decimal("12.5")
    assert reading.accept == ("HP030", "HP011")
    assert reading.thresholds == {"loss_spike.ratio": 2, "nonsense": 1.5}
    assert "run.segments" in {problem.key for problem in reading.problems}


@pytest.mark.parametrize("budget", [None, True, [], "ten", "NaN", 0, -1])
def test_a_budget_that_cannot_be_read_is_none(budget: object) -> None:
    assert examine_config({"budget_usd": budget}).budget_usd is None


@pytest.mark.parametrize("thresholds", [None, [], "x", {"a": True}, {"a": 10**400}, {"a": float("nan")}])
def test_thresholds_that_cannot_be_read_are_left_out(thresholds: object) -> None:
    assert examine_config({"monitoring": {"thresholds": thresholds}}).thresholds == {}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"output_data_path": "s3://guard-bucket/run=1/"}, "output_data_path"),
        ({"output_data_path": "s3://guard-bucket/2026-11-24T12:00/"}, "output_data_path"),
        ({"output_data_path": "s3://B/"}, "output_data_path"),
        ({"output_data_path": "/tmp/output"}, "output_data_path"),
        ({"training_data_path": "s3://guard-bucket//x.jsonl"}, "training_data_path"),
        ({"training_data_path": "https://example.com/x.jsonl"}, "training_data_path"),
        ({"role_arn": "arn:aws:iam::12:role/x"}, "role_arn"),
        ({"tags": {"finetune-guard:run": "x"}}, "tags"),
        ({"tags": {"AWS:x": "x"}}, "tags"),
        ({"tags": {"": "x"}}, "tags"),
        ({"tags": {f"k{n}": "v" for n in range(41)}}, "tags"),
        ({"tags": {"team": 7}}, "tags.team"),
        ({"hyperparameters": {"epochCount": True}}, "hyperparameters.epochCount"),
        ({"hyperparameters": {"epochCount": None}}, "hyperparameters.epochCount"),
        ({"hyperparameters": "epochCount=2"}, "hyperparameters"),
        ({"rehearsal": {"steps": "100"}}, "rehearsal.steps"),
        ({"rehearsal": {"on_inconclusive": "perhaps"}}, "rehearsal.on_inconclusive"),
        ({"run": {"max_hours": float("nan")}}, "run.max_hours"),
        ({"accept": "HP030"}, "accept"),
        ({"accept": ["x" * 41]}, "accept.0"),
        ({"accept": ["HP030"] * 51}, "accept"),
        ({"accept": [30]}, "accept.0"),
        ({"budget_usd": 0}, "budget_usd"),
        ({"price_per_1k_tokens_usd": 0}, "price_per_1k_tokens_usd"),
        ({"price_per_1k_tokens_usd": 8}, "price_per_1k_tokens_usd"),
        ({"price_per_1k_tokens_usd": True}, "price_per_1k_tokens_usd"),
        ({"budget_usd": True}, "budget_usd"),
        ({"budget_usd": "Infinity"}, "budget_usd"),
        ({"budget_usd": "ten"}, "budget_usd"),
        ({"job_name": "a\nb"}, "job_name"),
        ({"job_name": ""}, "job_name"),
    ],
)
def test_a_wrong_value_is_a_problem_of_its_key(changes: dict[str, object], key: str) -> None:
    assert set(problems(**changes)) == {key}


def test_what_bedrock_has_no_field_for_is_refused_by_name() -> None:
    read = read_config(SEED)
    assert isinstance(read, tuple)
    assert {(p.code, p.severity, p.key) for p in read} == {
        ("CF007", "error", "enable_peft"),
        ("CF007", "error", "peft_method"),
        ("CF007", "error", "lora_rank"),
    }
    assert all(problem.suggestion for problem in read)


def test_what_bedrock_has_no_field_for_is_refused_once_whatever_it_holds() -> None:
    for value in ("true", 0, [1], {"r": 8}):
        assert {problem.code for problem in problems(lora_rank=value).values()} == {"CF007"}
    assert not problems(lora_rank=None)


@pytest.mark.parametrize("segments", [1, 3, 20, "auto", None])
def test_segments_are_a_number_or_auto(segments: object) -> None:
    read = read_config({**LEAST, "run": {"segments": segments, "validation_interval_minutes": 30}})
    assert isinstance(read, RunConfig)
    assert read.run.segments == segments


@pytest.mark.parametrize("segments", [0, 21, 2.5, "3", "all", True, [2]])
def test_other_segments_are_a_problem_of_their_key(segments: object) -> None:
    assert set(problems(run={"segments": segments})) == {"run.segments"}


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, None),
        (True, True),
        (False, False),
        ([0.0001, "0.0003"], (Decimal("0.0001"), Decimal("0.0003"))),
        ([1, 2, 1], (Decimal(1), Decimal(2))),
    ],
)
def test_a_sweep_is_a_switch_or_its_rates(given: object, read: object) -> None:
    config = read_config({**LEAST, "rehearsal": {"sweep": given}})
    assert isinstance(config, RunConfig)
    assert config.rehearsal.sweep == read


@pytest.mark.parametrize("sweep", ["yes", 1, [], [1], [1, 1], [1, 0], [1, -2], [1, "x"], [1, None], {"a": 1}])
def test_another_sweep_is_a_problem_of_its_key(sweep: object) -> None:
    assert set(problems(rehearsal={"sweep": sweep})) == {"rehearsal.sweep"}


def test_a_run_waits_for_an_answer_for_a_day_at_most() -> None:
    asked = {"on_inconclusive": "ask", "ask_hours": 0.5, "on_no_answer": "proceed"}
    assert isinstance(read_config({**LEAST, "rehearsal": asked}), RunConfig)
    assert set(problems(rehearsal={"ask_hours": 25})) == {"rehearsal.ask_hours"}


def test_what_an_unknown_key_holds_is_never_shown() -> None:
    found = problems(
        aws_secret_access_key="wJalrXUtnFEMI", training_data_path="https://x.y/z?X-Amz-Signature=k9"
    )
    assert "wJalrXUtnFEMI" not in dumps(tuple(found.values()))
    assert "k9" not in dumps(tuple(found.values()))
    assert found["aws_secret_access_key"].given == "a text"


def test_a_config_that_cannot_be_read_keeps_only_what_names_the_run() -> None:
    reading = examine_config({"job_name": "spring", "secret": "s3cr3t", "prompt": "my record"})
    assert json.loads(reading.as_json()) == {"job_name": "spring", "base_model_id": ""}
    assert reading.job_name == "spring"


def test_a_config_that_can_be_read_is_kept_as_it_was_given() -> None:
    reading = examine_config(json.dumps(LEAST))
    assert json.loads(reading.as_json()) == LEAST
    assert examine_config(reading.as_json()).config == reading.config


@pytest.mark.parametrize("document", ["{", {"job_name": ["x"]}, {"job_name": "\x00"}, {}])
def test_a_run_without_a_readable_name_is_unnamed(document: object) -> None:
    assert examine_config(document).job_name == "unnamed"


def test_thresholds_may_be_nested_or_dotted() -> None:
    nested = accepted(monitoring={"thresholds": {"loss_spike": {"ratio": 2.5}, "divergence.rise": 2}})
    assert nested.monitoring.thresholds == {"loss_spike.ratio": 2.5, "divergence.rise": 2.0}


@pytest.mark.parametrize("value", [True, "2", None, {"deeper": {"x": 1}}, [1]])
def test_a_threshold_must_be_a_number(value: object) -> None:
    (key,) = problems(monitoring={"thresholds": {"loss_spike": {"ratio": value}}})
    assert key.startswith("monitoring.thresholds.loss_spike.ratio")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*RunConfig.model_fields, "colour", ""]), JSON, max_size=8))
def test_no_document_makes_reading_raise(document: dict[str, object]) -> None:
    reading = examine_config(document)
    assert reading.config is not None or reading.problems
    assert isinstance(reading.as_json(), str)
    assert dumps(reading.problems)


@given(st.text(max_size=200))
def test_no_text_makes_reading_raise(text: str) -> None:
    assert examine_config(text).problems
