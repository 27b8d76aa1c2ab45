"""Suggested values: legal, with reasons, and only for knobs that exist."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.hyperparameters.steps import read_number
from finetune_guard.core.hyperparameters.suggestion import suggest


def values(name: str, records: int, validation: bool = True) -> dict[str, str]:
    base = find(name)
    assert base is not None
    return {reason.key: reason.value for reason in suggest(base, records, validation=validation)}


@pytest.mark.parametrize(("records", "epochs"), [(999, "5"), (1000, "2"), (5000, "2"), (5001, "1")])
def test_novas_epochs_are_those_that_aws_advises(records: int, epochs: str) -> None:
    assert values("nova-lite", records)["epochCount"] == epochs


@pytest.mark.parametrize(("name", "warmup"), [("nova-micro", "5"), ("nova-lite", "20"), ("nova-pro", "10")])
def test_novas_warmup_is_that_which_aws_advises(name: str, warmup: str) -> None:
    assert values(name, 3200)["learningRateWarmupSteps"] == warmup


def test_claude_gets_a_small_batch_and_multiplier_for_little_data() -> None:
    small, large = values("claude-3-haiku", 256), values("claude-3-haiku", 1024)
    assert (small["batchSize"], small["learningRateMultiplier"]) == ("8", "0.7")
    assert (large["batchSize"], large["learningRateMultiplier"]) == ("32", "1")


def test_claude_stops_early_only_with_a_validation_file() -> None:
    assert "earlyStoppingPatience" in values("claude-3-haiku", 1000, validation=True)
    assert "earlyStoppingPatience" not in values("claude-3-haiku", 1000, validation=False)


@pytest.mark.parametrize("validation", [True, False])
def test_cohere_stops_early_by_the_services_own_values_since_it_sets_records_apart_itself(
    validation: bool,
) -> None:
    found = values("cohere-command", 1000, validation=validation)
    assert (found["earlyStoppingThreshold"], found["earlyStoppingPatience"]) == ("0.01", "6")


def test_of_early_stopping_it_is_said_that_nobody_stops_a_second_time() -> None:
    base = find("claude-3-haiku")
    assert base
    reasons = {reason.key: reason.reason for reason in suggest(base, 1000, validation=True)}
    assert "does not stop a second time" in reasons["earlyStoppingPatience"]
    assert "second time" not in reasons["batchSize"]


def test_llama_gets_fewer_epochs_the_more_data_there_is() -> None:
    assert [values("llama-3.1-8b", n)["epochCount"] for n in (100, 2000, 5000, 25_000)] == [
        "5",
        "3",
        "2",
        "1",
    ]


@given(st.sampled_from(shipped()), st.integers(0, 10**7), st.booleans())
def test_every_suggestion_is_legal_and_has_its_reason(
    base: BaseModel, records: int, validation: bool
) -> None:
    for reason in suggest(base, records, validation=validation):
        knob = base.knobs[reason.key]
        value = read_number(knob, reason.value)
        assert value is not None
        assert knob.minimum is None or value >= knob.minimum
        assert knob.maximum is None or value <= knob.maximum
        assert reason.reason
        assert reason.source
        assert reason.confidence in ("documented", "derived", "judgement")
