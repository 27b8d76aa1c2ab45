"""What `validate` and `get-optimal` answer."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.observations import FoundationModel
from finetune_guard.core.wire import dumps, plain
from finetune_guard.usecases.advise import AdviceTools, get_optimal, validate
from tests.configs import LEAST, SEED, TRAINING
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.jobs import FakeTrainingJobs
from tests.usecases.test_preflight import MARKER, data

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SIZES = (10, 50, 500, 5_000, 20_000, 100_000)


def files(content: bytes, path: str = TRAINING) -> FakeDatasetFiles:
    made = FakeDatasetFiles(FakeClock())
    made.put(path, content)
    return made


def test_a_sound_config_is_ok_with_its_cost() -> None:
    advice = validate(LEAST, NOW, AdviceTools(files(data(1000)), region="us-east-1"))
    assert advice.ok
    assert advice.cost.low_usd is not None
    assert advice.cost.estimated_usd is not None
    assert advice.cost.low_usd < advice.cost.estimated_usd
    assert advice.cost.price_per_1k_tokens_usd == Decimal("0.002")


def test_the_answer_has_the_documented_keys() -> None:
    answer = json.loads(dumps(validate(SEED, NOW)))
    assert {"ok", "problems", "cost", "schema_version"} == set(answer)
    keys = {"code", "severity", "key", "given", "message", "suggestion", "source"}
    assert set(answer["problems"][0]) == keys


def test_every_fault_of_the_seeds_sample_is_named_with_the_nearest_accepted_thing() -> None:
    advice = validate(SEED, NOW)
    assert not advice.ok
    errors = {problem.key: problem for problem in advice.problems if problem.severity == "error"}
    assert set(errors) == {
        "base_model_id",
        "hyperparameters.weightDecay",
        "hyperparameters.warmupSteps",
        "hyperparameters.scheduler",
        "enable_peft",
        "peft_method",
        "lora_rank",
    }
    assert all(problem.suggestion and problem.source for problem in errors.values())
    assert "learningRateWarmupSteps" in errors["hyperparameters.warmupSteps"].suggestion


def test_what_was_not_looked_at_is_said() -> None:
    codes = {problem.code for problem in validate(LEAST, NOW).problems}
    assert {"BM002", "DS000"} <= codes


def test_data_on_this_machine_is_read() -> None:
    config = {**LEAST, "training_data_path": "data/training.jsonl"}
    advice = validate(config, NOW, AdviceTools(files(data(5), "data/training.jsonl")))
    assert {p.code for p in advice.problems if p.severity == "error"} == {"HP010"}


def test_no_text_of_a_record_is_in_the_answer() -> None:
    broken = data(50, MARKER) + MARKER.encode() + b"\n" + b'{"prompt": "' + MARKER.encode()
    answer = dumps(validate(LEAST, NOW, AdviceTools(files(broken))))
    assert "DS012" in answer
    assert MARKER not in answer


def test_an_unknown_price_is_unknown() -> None:
    advice = validate({**LEAST, "base_model_id": "claude-3-haiku"}, NOW)
    assert advice.cost.estimated_usd is None
    assert advice.cost.price_source == "unknown"


def test_the_seeds_own_call_is_answered_with_the_nearest_living_base() -> None:
    answer = get_optimal("anthropic.claude-v2", 1000, NOW)
    assert not answer.tunable
    assert not answer.ok
    assert answer.base_model_id == answer.nearest[0]
    assert answer.hyperparameters
    assert answer.problems[0].code == "HP001"


def test_the_answer_of_get_optimal_has_the_documented_keys() -> None:
    answer = json.loads(dumps(get_optimal("nova-lite", 1000, NOW)))
    wanted = {"requested", "base_model_id", "tunable", "hyperparameters", "reasons", "config"}
    assert wanted <= set(answer)
    assert set(answer["reasons"][0]) == {"key", "value", "reason", "source", "confidence"}
    assert all(isinstance(value, str) for value in answer["hyperparameters"].values())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("model_id", sorted({base.model_id for base in shipped()}))
def test_inside_the_limits_the_config_passes_validate_and_outside_the_limit_is_named(
    model_id: str, size: int
) -> None:
    answer = get_optimal(model_id, size, NOW)
    if answer.config is not None:
        assert validate(plain(answer.config), NOW).ok
        return
    assert not answer.ok
    assert {p.code for p in answer.problems if p.severity == "error"} & {"HP010", "HP011"}


@pytest.mark.parametrize("name", ["", "x" * 5000, "🦙", "llama"])
def test_any_name_gets_an_answer(name: str) -> None:
    assert get_optimal(name, 500, NOW).base_model_id


def test_when_the_service_lists_a_base_that_the_catalogue_calls_gone_it_is_tunable() -> None:
    jobs = FakeTrainingJobs(FakeClock())
    haiku = "anthropic.claude-3-haiku-20240307-v1:0:200k"
    jobs.catalog = (FoundationModel(haiku, ("FINE_TUNING",), "ACTIVE"),)
    answer = get_optimal("haiku", 1000, NOW, AdviceTools(jobs=jobs))
    assert answer.tunable
    assert answer.hyperparameters["learningRateMultiplier"] == "1"


def test_the_example_passes_and_the_seeds_sample_does_not() -> None:
    read = files((EXAMPLES / "training.jsonl").read_bytes(), "examples/training.jsonl")
    read.put("examples/validation.jsonl", (EXAMPLES / "validation.jsonl").read_bytes())
    tools = AdviceTools(read, region="us-west-2")
    advice = validate((EXAMPLES / "config.json").read_text(), NOW, tools)
    assert {problem.code for problem in advice.problems} == {"AC000", "BM002"}
    assert json.loads((EXAMPLES / "seed-config.json").read_text()) == SEED
    assert not validate((EXAMPLES / "seed-config.json").read_text(), NOW).ok
