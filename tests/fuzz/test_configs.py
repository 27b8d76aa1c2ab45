"""A quick profile of the fuzzing of configs, and what it has found."""

from random import Random

import pytest

from finetune_guard.core.config import examine_config
from tests.fuzz.config_documents import SECRET
from tests.fuzz.configs import examine, generated, run

LEAST = {
    "job_name": "spring",
    "base_model_id": "llama-3.1-8b",
    "training_data_path": "s3://bucket/training.jsonl",
    "output_data_path": "s3://bucket/output/",
}

#: Configs that once broke something, or would have.
FOUND: dict[str, object] = {
    "a rate whose plain digits fill the memory": {
        **LEAST,
        "hyperparameters": {"learningRate": "1e-999999999"},
    },
    "a count whose digits no double holds": {**LEAST, "hyperparameters": {"epochCount": "9" * 400}},
    "a budget next to nothing": {**LEAST, "budget_usd": "1e-999999999"},
    "a threshold no float holds": {"monitoring": {"thresholds": {"loss_spike.ratio": 10**400}}},
    "a threshold with a name of 40,000 characters": {"monitoring": {"thresholds": {"x" * 30_000: 2}}},
    "a hyperparameter with a name of 20,000 characters": {**LEAST, "hyperparameters": {"w" * 20_000: "1"}},
    "a rank that is no number": {**LEAST, "lora_rank": float("nan")},
    "a sweep that is no number": {**LEAST, "rehearsal": {"sweep": float("inf")}},
    "codes that are no texts": {**LEAST, "accept": [None, 5, ["HP030"], "HP030"]},
    "half a character": '{"job_name": "\\ud800"}',
    "keys that are no texts": {5: "x", None: 1},
    "a list ten thousand deep": "[" * 10_000,
    "a secret where nobody looks": {**LEAST, "password": SECRET},
}


@pytest.mark.parametrize("case", FOUND)
def test_what_was_found_stays_found(case: str) -> None:
    assert examine(FOUND[case], Random(1)) in (True, False)
    assert examine_config(FOUND[case]).as_json()


def test_a_few_hundred_generated_configs_hold_what_must_always_hold() -> None:
    assert run(count=300, seed=1) == 0


def test_the_config_of_a_number_is_the_same_each_time() -> None:
    assert repr(generated(7, 3)) == repr(generated(7, 3))
    assert repr(generated(7, 3)) != repr(generated(8, 3))


def test_a_config_that_breaks_a_promise_is_named_with_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    def judge(given: object, random: Random) -> bool:
        raise AssertionError("not ordered by severity")

    assert run(2, 7, judge) == 1
    assert "seed 7, number 1: AssertionError: not ordered by severity" in capsys.readouterr().out
