"""`validate` and `get-optimal`."""

import json
from pathlib import Path

import pytest

from finetune_guard.core.errors import AccessRefusedError
from tests.cli.session import FakeSession, typed
from tests.cli.test_run import CONFIG, DATA
from tests.fakes.seam import Faults
from tests.fakes.world import World

NOVA = "amazon.nova-lite-v1:0:300k"


@pytest.fixture
def session() -> FakeSession:
    world = World()
    world.datasets.put("train.jsonl", DATA)
    return FakeSession(world)


def written(folder: Path, **changes: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps({**CONFIG, **changes}))
    return path


def test_a_good_config_is_fine_and_has_its_cost(session: FakeSession, tmp_path: Path) -> None:
    result = typed(session, "validate", "--config", written(tmp_path))
    assert result.exit_code == 0, result.output
    assert "full run: 450 records 2 times" in result.stdout
    assert "Cost: about $" in result.stdout


def test_every_problem_is_told_at_once_with_exit_code_3(session: FakeSession, tmp_path: Path) -> None:
    path = written(tmp_path, surprise=1, hyperparameters={"weightDecay": "0.01", "scheduler": "cosine"})
    result = typed(session, "validate", "--config", path, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 3
    assert told["ok"] is False
    keys = {problem["key"] for problem in told["problems"]}
    assert {"surprise", "hyperparameters.weightDecay", "hyperparameters.scheduler"} <= keys
    assert set(told["problems"][0]) == {
        "code",
        "severity",
        "key",
        "given",
        "message",
        "suggestion",
        "source",
    }


def test_it_works_where_neither_the_stack_nor_bedrock_can_be_reached(
    session: FakeSession, tmp_path: Path
) -> None:
    session.world.seam.interrupt = Faults().add("jobs.base_models", AccessRefusedError("no"))
    assert typed(session, "validate", "--config", written(tmp_path)).exit_code == 0


def test_optimal_values_come_with_reasons(session: FakeSession) -> None:
    result = typed(session, "get-optimal", "--model-type", "nova-lite", "--dataset-size", "1000", "--json")
    told = json.loads(result.stdout)
    assert told["base_model_id"] == NOVA
    assert all(isinstance(value, str) for value in told["hyperparameters"].values())
    assert {"key", "value", "reason", "source", "confidence"} == set(told["reasons"][0])


def test_a_base_that_cannot_be_tuned_is_said_to_be_so_with_the_nearest(session: FakeSession) -> None:
    words = ("get-optimal", "--model-type", "anthropic.claude-v2", "--dataset-size", "1000")
    result = typed(session, *words)
    assert result.exit_code == 3
    assert "cannot be fine-tuned" in result.stdout


def test_the_records_of_a_file_can_be_counted_instead(session: FakeSession) -> None:
    words = ("get-optimal", "--model-type", NOVA, "--json")
    by_file = json.loads(typed(session, *words, "--dataset", "train.jsonl").stdout)
    by_size = json.loads(typed(session, *words, "--dataset-size", "500").stdout)
    assert by_file["hyperparameters"] == by_size["hyperparameters"]


@pytest.mark.parametrize("words", [(), ("--dataset-size", "5", "--dataset", "train.jsonl")])
def test_one_size_is_needed_and_not_two(session: FakeSession, words: tuple[str, ...]) -> None:
    assert typed(session, "get-optimal", "--model-type", NOVA, *words).exit_code == 2


def test_a_config_to_start_from_is_written_once_and_never_over_another(
    session: FakeSession, tmp_path: Path
) -> None:
    path = tmp_path / "new.json"
    words = ("get-optimal", "--model-type", NOVA, "--dataset", "train.jsonl", "--write", path)
    assert typed(session, *words).exit_code == 0
    first = path.read_text()
    assert json.loads(first)["base_model_id"] == NOVA
    assert json.loads(first)["training_data_path"] == "train.jsonl"
    again = typed(session, *words)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert path.read_text() == first
