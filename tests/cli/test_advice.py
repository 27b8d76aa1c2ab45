"""`validate` and `get-optimal`."""

import json
import re
from pathlib import Path

import pytest

from finetune_guard.core.errors import AccessRefusedError
from finetune_guard.core.observations import FoundationModel
from tests.cli.session import OTHER_ROLE, FakeSession, typed
from tests.cli.test_run import CONFIG, DATA
from tests.fakes.seam import Faults
from tests.fakes.world import World
from tests.usecases.test_past_runs import finished

NOVA = "amazon.nova-lite-v1:0:300k"
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LLAMA = "meta.llama3-1-8b-instruct-v1:0:128k"
PROMPTS = "".join(f'{{"prompt": "What is {n}?", "completion": "It is {n}."}}\n' for n in range(500)).encode()


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
    assert re.search(r"^full run +base +450 +2 ", result.stdout, re.MULTILINE)
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


def test_the_seeds_sample_is_told_as_paragraphs_with_what_to_do_and_who_says_so(session: FakeSession) -> None:
    result = typed(session, "validate", "--config", EXAMPLES / "seed-config.json")
    assert result.exit_code == 3
    paragraph = """\
error    HP002  hyperparameters.warmupSteps: "100"
         No base on Bedrock has a hyperparameter "warmupSteps".
         Did you mean learningRateWarmupSteps?
         Source: AWS, custom-models-hp
"""
    assert paragraph in result.stdout
    assert result.stdout.startswith('error    HP001  base_model_id: "anthropic.claude-v2"')
    for fault in (
        "weightDecay",
        "scheduler",
        "enable_peft",
        "peft_method",
        "lora_rank",
        "validation_data_path",
    ):
        assert fault in result.stdout
    assert result.stdout.endswith("Refused: 9 errors, 1 warning.\n")


def test_a_refusal_can_be_overruled_where_it_is_a_judgement(session: FakeSession, tmp_path: Path) -> None:
    session.world.datasets.put("train.jsonl", PROMPTS)
    session.world.jobs.catalog = (FoundationModel(LLAMA, ("FINE_TUNING",), "ACTIVE"),)
    path = written(tmp_path, base_model_id=LLAMA, hyperparameters={"learningRate": "0.002"})
    refused = typed(session, "validate", "--config", path)
    assert refused.exit_code == 3
    assert "Or overrule it with --accept HP030." in refused.stdout
    result = typed(session, "validate", "--config", path, "--accept", "HP030")
    assert result.exit_code == 0, result.output
    assert "accepted by you (--accept HP030)" in result.stdout
    assert "Fine: a run would start" in result.stdout


def test_what_the_stack_may_not_use_is_refused_before_the_stack_does(
    session: FakeSession, tmp_path: Path
) -> None:
    path = written(tmp_path, output_data_path="s3://elsewhere/out/", role_arn=OTHER_ROLE)
    session.world.buckets.put("elsewhere", region="eu-west-1")
    result = typed(session, "validate", "--config", path, "--json")
    told = {problem["code"] for problem in json.loads(result.stdout)["problems"]}
    assert result.exit_code == 3
    assert {"AC002", "AC006", "AC010"} <= told


def test_it_works_where_neither_the_stack_nor_bedrock_can_be_reached(
    session: FakeSession, tmp_path: Path
) -> None:
    session.world.seam.interrupt = Faults().add("jobs.base_models", AccessRefusedError("no"))
    result = typed(session, "validate", "--config", written(tmp_path))
    assert result.exit_code == 0
    assert "Fine: a run would start, as far as it could be checked" in result.stdout


def test_optimal_values_come_with_reasons(session: FakeSession) -> None:
    result = typed(session, "get-optimal", "--model-type", "nova-lite", "--dataset-size", "1000", "--json")
    told = json.loads(result.stdout)
    assert told["base_model_id"] == NOVA
    assert all(isinstance(value, str) for value in told["hyperparameters"].values())
    assert {"key", "value", "reason", "source", "confidence"} == set(told["reasons"][0])


def test_the_seeds_own_call_says_since_when_the_base_is_gone_and_advises_on_the_nearest(
    session: FakeSession,
) -> None:
    words = ("get-optimal", "--model-type", "anthropic.claude-v2", "--dataset-size", "1000")
    result = typed(session, *words)
    assert result.exit_code == 3
    assert "anthropic.claude-v2 cannot be fine-tuned; these are values for" in result.stdout
    assert "gone since 2025-07-21" in result.stdout
    assert "epochCount = " in result.stdout
    told = json.loads(typed(session, *words, "--json").stdout)
    assert told["tunable"] is False
    assert all(other["hyperparameters"] for other in told["alternatives"])


@pytest.mark.parametrize("family", ["nova", "llama", "claude", "titan", "cohere", NOVA, "meta-llama-3.2"])
@pytest.mark.parametrize("size", [10, 500, 100_000])
def test_every_family_and_size_is_answered_without_a_traceback(
    session: FakeSession, family: str, size: int
) -> None:
    result = typed(session, "get-optimal", "--model-type", family, "--dataset-size", str(size))
    assert result.exit_code in (0, 3), result.output
    assert "Values for" in result.stdout or "values for" in result.stdout


def test_a_file_is_measured(session: FakeSession) -> None:
    words = ("get-optimal", "--model-type", NOVA)
    shown = typed(session, *words, "--dataset", "train.jsonl")
    assert shown.exit_code == 0, shown.output
    assert "Measured: 500 records, about 50 are set apart for validation" in shown.stdout
    assert "Cost: about $" in shown.stdout
    by_file = json.loads(typed(session, *words, "--dataset", "train.jsonl", "--json").stdout)
    by_size = json.loads(typed(session, *words, "--dataset-size", "500", "--json").stdout)
    assert by_file["hyperparameters"] == by_size["hyperparameters"]
    assert by_file["grid"]["values"] == ["0.0000033", "0.00001", "0.00003"]


def test_steps_and_a_sweep_are_shown_and_what_is_unknown_is_said(session: FakeSession) -> None:
    shown = typed(session, "get-optimal", "--model-type", NOVA, "--dataset-size", "1600").stdout
    assert "About 200 steps, 100 an epoch, 16 records each" in shown
    assert "For a sweep, learningRate: 0.0000033, 0.00001, 0.00003" in shown
    assert "Tokens and cost: unknown." in shown
    assert "No finished run of this base and a similar size is known yet." in shown


def test_finished_runs_of_the_stack_are_quoted_beside_the_advice(session: FakeSession) -> None:
    session.world.jobs.catalog = (FoundationModel(LLAMA, ("FINE_TUNING",), "ACTIVE"),)
    finished(session.world.store)
    shown = typed(session, "get-optimal", "--model-type", "llama", "--dataset-size", "120").stdout
    assert (
        "2026-11-24 answers 1: learningRate 0.0001, 3 epochs, 100 records: healthy, "
        "last validation loss 1.25, $9.00"
    ) in shown


def test_no_config_is_written_for_data_that_the_base_does_not_take(
    session: FakeSession, tmp_path: Path
) -> None:
    path = tmp_path / "new.json"
    words = ("get-optimal", "--model-type", NOVA, "--dataset-size", "7", "--write", path)
    result = typed(session, *words)
    assert result.exit_code == 3
    assert "is not written" in result.stdout
    assert not path.exists()


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
