"""Each family's hyperparameters: what is legal, how it comes back, and what the network makes of it."""

from datetime import date
from pathlib import Path

import pytest

from local.bedrock.catalog import BaseModel, Catalog
from local.bedrock.errors import ServiceError, StandInError
from local.bedrock.hyperparameters import filled_in, java_number
from local.bedrock.rates import HIDDEN_BATCH, default_rate, training_of

MODELS = Catalog().models
TEXT = [model for model in MODELS.values() if model.is_text]
RATED = [model for model in TEXT if "learningRate" in model.hyperparameters]
HAIKU = MODELS["anthropic.claude-3-haiku-20240307-v1:0:200k"]
MICRO = MODELS["amazon.nova-micro-v1:0:128k"]
LLAMA = MODELS["meta.llama3-1-8b-instruct-v1:0:128k"]
TITAN = MODELS["amazon.titan-text-lite-v1:0:4k"]


def peak(model: BaseModel, **given: str) -> float:
    return training_of(model, filled_in(model, given)).peak


@pytest.mark.parametrize("model", TEXT, ids=lambda model: model.model_id)
def test_the_default_of_every_family_is_a_rate_that_learns(model: BaseModel) -> None:
    training = training_of(model, filled_in(model, {}))

    assert training.peak == pytest.approx(default_rate(training.batch))
    assert 0.01 <= training.peak <= 0.03


@pytest.mark.parametrize("model", RATED, ids=lambda model: model.model_id)
def test_every_legal_rate_keeps_its_ratio_to_the_default(model: BaseModel) -> None:
    knob = model.hyperparameters["learningRate"]
    assert knob.min is not None
    assert knob.max is not None
    default = float(knob.default or 0)
    batch = training_of(model, filled_in(model, {})).batch

    for rate in (knob.min, knob.max):
        assert peak(model, learningRate=repr(rate)) == pytest.approx(default_rate(batch) * rate / default)
    # Where the family allows ten times its default, that is a rate which breaks the network.
    assert knob.max < 10 * default * 0.999 or peak(model, learningRate=repr(10 * default)) >= 0.1


@pytest.mark.parametrize("model", RATED, ids=lambda model: model.model_id)
def test_a_rate_outside_the_family_s_limits_is_refused(model: BaseModel) -> None:
    knob = model.hyperparameters["learningRate"]
    assert knob.max is not None

    with pytest.raises(ServiceError, match="expected a value from"):
        filled_in(model, {"learningRate": repr(knob.max * 1.01)})


def test_a_multiplier_multiplies() -> None:
    assert peak(HAIKU, learningRateMultiplier="2") == pytest.approx(2 * peak(HAIKU))
    assert peak(HAIKU, learningRateMultiplier="0.1") == pytest.approx(0.1 * peak(HAIKU))


def test_nova_ignores_its_batch_size() -> None:
    training = training_of(MICRO, filled_in(MICRO, {"batchSize": "64"}))

    assert training.batch == HIDDEN_BATCH == 8
    assert "batchSize" not in filled_in(MICRO, {})
    assert filled_in(MICRO, {"batchSize": "64"})["batchSize"] == "64"


def test_others_have_the_batch_that_was_asked_for() -> None:
    assert training_of(HAIKU, filled_in(HAIKU, {"batchSize": "4"})).batch == 4
    assert training_of(LLAMA, filled_in(LLAMA, {})).batch == 1


@pytest.mark.parametrize(("batch", "rate"), [(1, 0.01), (8, 0.02), (32, 0.03)])
def test_the_measured_rates_are_met(batch: int, rate: float) -> None:
    assert default_rate(batch) == pytest.approx(rate)


def test_warm_up_and_early_stopping_are_passed_on() -> None:
    training = training_of(TITAN, filled_in(TITAN, {"learningRateWarmupSteps": "7"}))
    assert (training.warm_up, training.threshold) == (7, None)

    training = training_of(HAIKU, filled_in(HAIKU, {"earlyStoppingPatience": "3"}))
    assert (training.threshold, training.patience) == (0.001, 3)


def test_defaults_come_back_as_java_writes_them() -> None:
    assert filled_in(LLAMA, {"epochCount": "2"}) == {
        "epochCount": "2",
        "batchSize": "1",
        "learningRate": "1.0E-4",
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1e-4, "1.0E-4"),
        (2.5e-5, "2.5E-5"),
        (1e-3, "0.001"),
        (0.00099, "9.9E-4"),
        (0.0, "0.0"),
        (1.0, "1.0"),
        (20.0, "20.0"),
        (1.25e7, "1.25E7"),
    ],
)
def test_numbers_are_written_as_by_java(value: float, written: str) -> None:
    assert java_number(value) == written


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1_0", "1e", "٣", " 0.0001", "0x1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ServiceError, match="expected a float as a string"):
        filled_in(LLAMA, {"learningRate": text})


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ServiceError) as refused:
        filled_in(LLAMA, {"weightDecay": "0", "batchSize": "2", "epochCount": "99"})

    assert all(name in refused.value.message for name in ("weightDecay", "batchSize", "epochCount"))


def test_a_hyperparameter_without_a_default_must_be_given() -> None:
    image = MODELS["amazon.titan-embed-image-v1:0"]

    with pytest.raises(ServiceError, match=r"epochCount .* has no default"):
        filled_in(image, {})


def test_reinforcement_entries_do_not_hide_the_fine_tuning_ones() -> None:
    assert "FINE_TUNING" in MODELS["amazon.nova-2-lite-v1:0:256k"].customization_types
    assert "qwen.qwen3-32b" not in MODELS


def test_a_model_is_gone_from_the_day_of_its_end() -> None:
    assert not HAIKU.gone(date(2026, 9, 9))
    assert HAIKU.gone(date(2026, 9, 10))
    assert TITAN.gone(date(2020, 1, 1))


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StandInError, match=r"none\.json"):
        _ = Catalog(tmp_path / "none.json").models
