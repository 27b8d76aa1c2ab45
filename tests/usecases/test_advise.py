"""What `validate` answers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finetune_guard.core.errors import NotSignedInError
from finetune_guard.core.wire import dumps
from finetune_guard.usecases.advise import Advice, AdviceTools, validate
from tests.configs import LEAST, SEED, TRAINING
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles
from tests.fakes.seam import Faults
from tests.usecases.test_preflight import MARKER, data

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


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


HOT = {"base_model_id": "llama-3.1-8b", "hyperparameters": {"learningRate": "0.03"}}


def test_a_refusal_that_is_a_judgement_can_be_overruled_and_is_told_as_a_warning() -> None:
    refused = validate({**LEAST, **HOT}, NOW)
    assert [problem.code for problem in refused.problems if problem.severity == "error"] == ["HP030"]
    assert "--accept HP030" in refused.problems[0].suggestion
    accepted = validate({**LEAST, **HOT, "accept": ["HP030"]}, NOW)
    assert accepted.ok
    (told,) = (problem for problem in accepted.problems if problem.code == "HP030")
    assert told.severity == "warning"
    assert "accepted by you (--accept HP030)" in told.message


def test_no_code_overrules_the_service() -> None:
    document = {**LEAST, "hyperparameters": {"scheduler": "cosine"}, "accept": ["HP002"]}
    advice = validate(document, NOW)
    assert not advice.ok
    assert {p.code for p in advice.problems if p.severity == "error"} == {"HP002", "CF010"}


def test_a_base_that_only_the_catalogue_calls_gone_can_be_insisted_on() -> None:
    gone = {**LEAST, "base_model_id": "claude-3-haiku", "hyperparameters": {}}
    assert not validate(gone, NOW).ok
    assert validate({**gone, "accept": ["HP001"]}, NOW).ok


def test_what_can_be_judged_of_a_config_of_the_wrong_shape_still_is() -> None:
    document = {
        **LEAST,
        **HOT,
        "monitering": {},
        "hyperparameters": {"learningRate": "0.03", "epochCount": "11", "warmupSteps": 5},
        "monitoring": {"thresholds": {"loss_spik.ratio": 2}},
        "run": {"max_hours": "long", "segments": 0},
    }
    del document["job_name"]
    problems = validate(document, NOW).problems
    assert {(problem.code, problem.key) for problem in problems} >= {
        ("CF003", "job_name"),
        ("CF004", "monitering"),
        ("CF005", "run.max_hours"),
        ("CF006", "run.segments"),
        ("HP002", "hyperparameters.warmupSteps"),
        ("HP004", "hyperparameters.epochCount"),
        ("HP030", "hyperparameters.learningRate"),
        ("HP050", "validation_data_path"),
        ("TH001", "monitoring.thresholds.loss_spik.ratio"),
    }
    severities = [("error", "warning", "info").index(problem.severity) for problem in problems]
    assert severities == sorted(severities)
    threshold = next(problem for problem in problems if problem.code == "TH001")
    assert threshold.suggestion == "Did you mean loss_spike.ratio?"


def test_the_longest_record_is_compared_with_what_the_batch_takes() -> None:
    record = {"prompt": "a" * 12_288, "completion": "b" * 6}
    content = b"".join(json.dumps(record).encode() + b"\n" for _ in range(3))
    document = {**LEAST, "base_model_id": "titan-text-express", "hyperparameters": {"batchSize": "2"}}
    problems = validate(document, NOW, AdviceTools(files(content))).problems
    assert "HP013" in {problem.code for problem in problems if problem.severity == "error"}


def test_the_seeds_sample_is_told_what_it_lacks() -> None:
    lacking = [problem for problem in validate(SEED, NOW).problems if problem.code == "HP050"]
    assert [problem.key for problem in lacking] == ["validation_data_path"]


def test_what_was_not_looked_at_is_said() -> None:
    codes = {problem.code for problem in validate(LEAST, NOW).problems}
    assert {"BM002", "DS000"} <= codes


def test_data_on_s3_is_no_fault_without_credentials_and_named_in_one_line() -> None:
    signed_out = files(data(1000))
    signed_out.seam.interrupt = Faults().add("datasets.facts", NotSignedInError("no credentials"))
    advice = validate(LEAST, NOW, AdviceTools(signed_out, region="us-east-1"))
    assert advice.ok
    [line] = [problem.message for problem in advice.problems if problem.code == "AC000"]
    assert line.startswith("Not checked: the data (no credentials); ")


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


def example(name: str) -> Advice:
    read = files((EXAMPLES / "training.jsonl").read_bytes(), "examples/training.jsonl")
    read.put("examples/validation.jsonl", (EXAMPLES / "validation.jsonl").read_bytes())
    return validate((EXAMPLES / name).read_text(), NOW, AdviceTools(read, region="us-west-2"))


def test_the_example_in_segments_passes_and_has_a_job_for_each_rate_and_segment() -> None:
    advice = example("segmented-config.json")
    assert {problem.code for problem in advice.problems} == {"AC000", "BM002", "HP052"}
    assert [job.part for job in advice.cost.jobs] == [
        *["rehearsal"] * 3,
        "probe",
        "segment-1",
        "segment-2",
        "segment-3",
    ]


def test_a_rate_of_a_sweep_that_the_base_refuses_is_named_before_the_start() -> None:
    advice = validate({**LEAST, "rehearsal": {"sweep": [0.00001, 0.5]}}, NOW)
    [problem] = [problem for problem in advice.problems if problem.severity == "error"]
    assert (problem.code, problem.key, problem.given) == ("HP034", "rehearsal.sweep", "0.5")


@pytest.mark.parametrize(
    ("base", "orders", "said"),
    [
        ("openai.gpt-oss-20b", {"rehearsal": {"sweep": True}}, "no rate that could be set"),
        ("claude-3-haiku", {"run": {"segments": "auto"}}, "The service ends a job of this base by itself"),
        ("claude-3-haiku", {}, "stops no job for it"),
    ],
)
def test_what_a_base_cannot_do_is_a_note_of_the_cost(base: str, orders: dict[str, object], said: str) -> None:
    answer = validate({**LEAST, **orders, "base_model_id": base}, NOW, AdviceTools(files(data())))
    assert any(said in note for note in answer.cost.notes)


def test_the_example_passes_and_the_seeds_sample_does_not() -> None:
    advice = example("config.json")
    assert {problem.code for problem in advice.problems} == {"AC000", "BM002", "HP052"}
    assert json.loads((EXAMPLES / "seed-config.json").read_text()) == SEED
    assert not validate((EXAMPLES / "seed-config.json").read_text(), NOW).ok
