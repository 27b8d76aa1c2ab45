"""Steps of a setting, and how sure they are."""

import pytest

from finetune_guard.core.hyperparameters.base_model import BaseModel, Knob
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.steps import Batch, batch_of, epochs_of, read_number
from finetune_guard.core.observations import BaseModelFacts

WHOLE = Knob("integer", None, None, None)
FLOAT = Knob("float", None, None, None)


def base_of(name: str) -> BaseModel:
    base = find(name)
    assert base is not None
    return base


@pytest.mark.parametrize("text", ["3", "+3", "-3", "1000000000000000000000"])
def test_whole_numbers_are_read(text: str) -> None:
    assert read_number(WHOLE, text) == int(text)


@pytest.mark.parametrize(
    "text", ["", " 3", "3 ", "3.0", "3e0", "1_000", "٣", "nan", "Infinity", "true", "0x3", None]
)
def test_what_is_no_whole_number_is_none(text: str | None) -> None:
    assert read_number(WHOLE, text) is None


@pytest.mark.parametrize("text", ["0.0001", "1e-4", "1E-4", ".0001", "3"])
def test_numbers_are_read(text: str) -> None:
    assert read_number(FLOAT, text) is not None


@pytest.mark.parametrize("text", ["", "nan", "inf", "-Infinity", "1e", "0,1", "1_0.0"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_number(FLOAT, text) is None


def test_a_batch_that_can_be_set_is_what_was_set() -> None:
    assert batch_of(base_of("claude-3-haiku"), {"batchSize": "8"}) == Batch(8.0, "batchSize as set")
    assert batch_of(base_of("claude-3-haiku"), {}).records == 32


def test_a_hidden_batch_is_a_first_guess_until_a_job_has_shown_it() -> None:
    base = base_of("nova-lite")
    guess = batch_of(base, {"batchSize": "1"})
    assert guess.records == 16
    assert "first guess" in guess.basis
    seen = BaseModelFacts(base.model_id, records_per_step=12.5, jobs_seen=3)
    assert batch_of(base, {}, seen) == Batch(12.5, "calibrated from 3 jobs")


def test_a_fixed_batch_too_gives_way_to_what_was_seen() -> None:
    base = base_of("llama-3.1-8b")
    assert batch_of(base, {}).records == 1
    seen = BaseModelFacts(base.model_id, records_per_step=8, jobs_seen=1)
    assert batch_of(base, {}, seen) == Batch(8, "calibrated from 1 job")


def test_steps_are_rounded_up_in_every_epoch() -> None:
    assert Batch(16, "").steps(records=100, epochs=3) == 21
    assert Batch(None, "").steps(records=100, epochs=3) is None


@pytest.mark.parametrize(("given", "epochs"), [("3", 3), ("0", 1), ("-2", 1), ("x", 1), ("9" * 50, 1)])
def test_epochs_are_at_least_one_whatever_is_given(given: str, epochs: int) -> None:
    assert epochs_of(base_of("llama-3.1-8b"), {"epochCount": given}) == epochs
    assert epochs_of(base_of("llama-3.1-8b"), {}) == 5
