"""What `get-optimal` answers."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from finetune_guard.core.config import examine_config
from finetune_guard.core.errors import InvalidInputError, NotFoundError
from finetune_guard.core.hyperparameters.base_model import (
    FINE_TUNING,
    TEXT_SCHEMAS,
    BaseModel,
    RecordSchema,
)
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.observations import BaseModelFacts, FoundationModel
from finetune_guard.core.wire import dumps, plain
from finetune_guard.usecases.advise import AdviceTools, validate
from finetune_guard.usecases.optimal import get_optimal, get_optimal_for_file
from finetune_guard.usecases.optimal_answer import Optimal
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.people import FakeQuotas, records_quota
from tests.fakes.store import FakeRunStore

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SIZES = (10, 50, 500, 5_000, 20_000, 100_000)
BASES = sorted({base.model_id for base in shipped()})
TEXT_BASES = sorted(
    base.model_id
    for base in shipped()
    if FINE_TUNING in base.customizations and base.limits.schema in TEXT_SCHEMAS
)
LLAMA = "meta.llama3-1-8b-instruct-v1:0:128k"


def test_the_seeds_own_call_is_answered_with_the_nearest_living_base() -> None:
    answer = get_optimal("anthropic.claude-v2", 1000, NOW)
    assert not answer.tunable
    assert not answer.ok
    assert answer.base_model_id == answer.nearest[0]
    assert answer.hyperparameters
    assert answer.problems[0].code == "HP001"
    assert "2025-07-21" in answer.problems[0].message
    assert answer.ok is False


def test_the_other_nearest_bases_come_with_values_of_their_own() -> None:
    answer = get_optimal("anthropic.claude-v2", 1000, NOW)
    named = (answer.base_model_id, *(other.base_model_id for other in answer.alternatives))
    assert named == answer.nearest
    assert len(named) == 3
    assert all(other.hyperparameters and other.regions for other in answer.alternatives)


def test_the_answer_of_get_optimal_has_the_documented_keys() -> None:
    answer = json.loads(dumps(get_optimal("nova-lite", 1000, NOW)))
    wanted = {"requested", "base_model_id", "tunable", "hyperparameters", "reasons", "config"}
    assert wanted <= set(answer)
    assert set(answer["reasons"][0]) == {"key", "value", "reason", "source", "confidence"}
    assert all(isinstance(value, str) for value in answer["hyperparameters"].values())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("model_id", BASES)
def test_inside_the_limits_the_config_passes_validate_and_outside_the_limit_is_named(
    model_id: str, size: int
) -> None:
    answer = get_optimal(model_id, size, NOW)
    judged(answer, size, AdviceTools())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("model_id", TEXT_BASES)
def test_so_it_is_for_every_family_while_it_lives(model_id: str, size: int) -> None:
    jobs = FakeTrainingJobs(FakeClock())
    jobs.catalog = (FoundationModel(model_id, ("FINE_TUNING",), "ACTIVE"),)
    tools = AdviceTools(jobs=jobs)
    answer = get_optimal(model_id, size, NOW, tools)
    assert answer.tunable
    assert answer.base_model_id == model_id
    assert set(answer.hyperparameters) <= set(one(model_id).knobs)
    judged(answer, size, tools)


@pytest.mark.parametrize("model_id", [base.model_id for base in shipped() if base.lifecycle.end_of_life])
def test_the_day_before_its_end_a_base_still_lives(model_id: str) -> None:
    end = one(model_id).lifecycle.end_of_life
    assert end is not None
    eve = datetime(end.year, end.month, end.day, tzinfo=UTC) - timedelta(days=1)
    text = one(model_id).limits.schema in TEXT_SCHEMAS
    assert get_optimal(model_id, 500, eve).tunable is text
    assert not get_optimal(model_id, 500, eve + timedelta(days=1)).tunable


def judged(answer: Optimal, size: int, tools: AdviceTools) -> None:
    """Validate takes the config with as many records as were asked for; without one, a limit is named."""
    if answer.config is None:
        assert not answer.ok
        assert {p.code for p in answer.problems if p.severity == "error"} & {"HP010", "HP011"}
        return
    file = FakeDatasetFiles(FakeClock())
    file.put(answer.config.training_data_path, dataset(one(answer.base_model_id).limits.schema, size))
    advice = validate(plain(answer.config), NOW, replace(tools, files=file))
    assert [p for p in advice.problems if p.severity == "error"] == []
    assert advice.ok


def one(model_id: str) -> BaseModel:
    found = find(model_id)
    assert found is not None
    return found


@cache
def dataset(schema: RecordSchema, records: int) -> bytes:
    """Sound records, no two alike."""
    return b"".join(json.dumps(RECORDS[schema](n)).encode() + b"\n" for n in range(records))


def messages(number: int) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": f"Where is order {number}?"},
        {"role": "assistant", "content": f"Order {number} is on its way."},
    ]


def blocks(number: int) -> list[dict[str, object]]:
    return [{"role": turn["role"], "content": [{"text": turn["content"]}]} for turn in messages(number)]


RECORDS: dict[RecordSchema, Callable[[int], object]] = {
    RecordSchema.CONVERSATION: lambda n: {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": blocks(n),
    },
    RecordSchema.PROMPT_COMPLETION: lambda n: {
        "prompt": f"Where is order {n}?",
        "completion": f"Order {n} is on its way.",
    },
    RecordSchema.CLAUDE_MESSAGES: lambda n: {"messages": messages(n)},
}


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


def measured(content: bytes, model: str = LLAMA, **tools: object) -> Optimal:
    files = FakeDatasetFiles(FakeClock())
    files.put("train.jsonl", content)
    return get_optimal_for_file(model, "train.jsonl", NOW, AdviceTools(files=files, **tools))  # type: ignore[arg-type]


def test_a_file_is_measured_and_what_a_run_would_cost_is_told() -> None:
    answer = measured(dataset(RecordSchema.PROMPT_COMPLETION, 1000))
    assert answer.ok
    assert answer.measured is not None
    assert (answer.records, answer.measured.records, answer.measured.validation) == (1000, 1000, 100)
    assert answer.measured.mean.low <= answer.measured.longest.low < answer.measured.tokens.low
    assert answer.cost.estimated_usd is not None
    assert answer.cost.estimated_usd > 0
    assert answer.config is not None
    assert answer.config.training_data_path == "train.jsonl"


def test_of_a_number_alone_the_cost_is_unknown() -> None:
    answer = get_optimal(LLAMA, 1000, NOW)
    assert answer.measured is None
    assert answer.cost.estimated_usd is None


def test_a_file_that_the_base_does_not_take_gets_no_config() -> None:
    answer = measured(dataset(RecordSchema.CONVERSATION, 200))
    assert answer.config is None
    assert "DS020" in {problem.code for problem in answer.problems}
    assert answer.cost.estimated_usd is None


def test_a_file_that_is_not_there_or_cannot_be_measured_is_an_error_and_no_advice() -> None:
    with pytest.raises(NotFoundError):
        get_optimal_for_file(LLAMA, "none.jsonl", NOW, AdviceTools(FakeDatasetFiles(FakeClock())))
    files = FakeDatasetFiles(FakeClock())
    files.put("folder/", b"")
    with pytest.raises(InvalidInputError, match="directory"):
        get_optimal_for_file(LLAMA, "folder/", NOW, AdviceTools(files))


def test_steps_are_told_with_what_they_rest_on() -> None:
    answer = get_optimal("nova-lite", 1600, NOW)
    assert (answer.steps.each_epoch, answer.steps.total, answer.steps.records_each) == (100, 200, 16.0)
    assert "first guess" in answer.steps.basis
    store = FakeRunStore()
    lite = answer.base_model_id
    store.learn(BaseModelFacts(lite, records_per_step=8.0, jobs_seen=2))
    seen = get_optimal("nova-lite", 1600, NOW, AdviceTools(store=store))
    assert seen.steps.each_epoch == 200
    assert "calibrated from 2 jobs" in seen.steps.basis


def test_runs_of_the_account_are_looked_for_only_where_there_is_a_table() -> None:
    assert get_optimal("nova-lite", 1000, NOW).seen is None
    assert get_optimal("nova-lite", 1000, NOW, AdviceTools(store=FakeRunStore())).seen == ()


def test_rates_for_a_sweep_come_with_the_advice() -> None:
    grid = get_optimal("nova-lite", 1000, NOW).grid
    assert grid is not None
    assert grid.values == ("0.0000033", "0.00001", "0.00003")


@pytest.mark.parametrize(("records", "worth"), [(2_000, True), (400, True), (100, False)])
def test_a_sweep_is_proposed_where_all_its_rehearsals_cost_little_beside_the_full_run(
    records: int, worth: bool
) -> None:
    config = get_optimal(LLAMA, records, NOW).config
    assert config is not None
    assert config.rehearsal.sweep is worth
    read = examine_config(plain(config)).config
    assert read is not None
    assert bool(read.rehearsal.sweep) is worth


def test_where_there_is_no_grid_no_sweep_is_proposed() -> None:
    jobs = FakeTrainingJobs(FakeClock())
    jobs.catalog = (FoundationModel("cohere.command-text-v14:7:4k", ("FINE_TUNING",), "ACTIVE"),)
    answer = get_optimal("cohere.command-text-v14:7:4k", 5_000, NOW, AdviceTools(jobs=jobs))
    assert answer.grid is None
    assert answer.config is not None
    assert answer.config.rehearsal.sweep is False


def test_a_raised_quota_of_the_account_is_the_limit() -> None:
    quotas = FakeQuotas()
    quotas.listed = [(records_quota("Meta Llama 3.1 8B Instruct v1"), 50_000.0)]
    assert get_optimal(LLAMA, 20_000, NOW).config is None
    assert get_optimal(LLAMA, 20_000, NOW, AdviceTools(quotas=quotas)).config is not None


def test_a_base_of_another_region_keeps_its_values_and_gets_no_config() -> None:
    answer = get_optimal(LLAMA, 1000, NOW, AdviceTools(region="us-east-1"))
    assert answer.base_model_id == LLAMA
    assert answer.hyperparameters
    assert (answer.tunable, answer.config) == (False, None)
    assert "BM004" in {problem.code for problem in answer.problems}


def test_a_base_that_the_service_does_not_list_is_answered_with_one_that_it_lists() -> None:
    jobs = FakeTrainingJobs(FakeClock())
    jobs.catalog = (FoundationModel("amazon.nova-pro-v1:0", ("FINE_TUNING",), "ACTIVE"),)
    answer = get_optimal(LLAMA, 1000, NOW, AdviceTools(jobs=jobs))
    assert not answer.tunable
    assert answer.base_model_id == "amazon.nova-pro-v1:0:300k"
    assert LLAMA not in answer.nearest


def test_money_is_exact_in_json() -> None:
    answer = json.loads(dumps(measured(dataset(RecordSchema.PROMPT_COMPLETION, 1000))))
    assert Decimal(answer["cost"]["estimated_usd"]) > 0
