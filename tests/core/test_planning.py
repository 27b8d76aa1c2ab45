"""The plan: what each stage is sent, what it costs, and what is said about it."""

from decimal import Decimal
from typing import Any

import pytest

from finetune_guard.core.config import RunConfig
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.steps import Batch, batch_of
from finetune_guard.core.planning import Basis, StageData, make, sample_size
from finetune_guard.core.plans import LearningRate, Plan, Price, Stage, TokenRange
from tests.configs import LEAST, read_config

LLAMA, LITE, HAIKU = "llama-3.1-8b", "nova-lite", "claude-3-haiku"
FULL = StageData("s3://b/full.jsonl", "s3://b/validation.jsonl", 3200, TokenRange(100_000, 200_000))
SAMPLE = StageData("s3://b/sample.jsonl", "s3://b/validation.jsonl", 1600, TokenRange(50_000, 100_000))


def base_of(name: str) -> BaseModel:
    base = find(name)
    assert base is not None
    return base


def planned(name: str = LITE, mini: bool = False, alone: bool = False, **config: Any) -> Plan:
    base = base_of(name)
    read = read_config({**LEAST, **config})
    assert isinstance(read, RunConfig)
    batch = batch_of(base, read.hyperparameters)
    rehearsal = None if alone else SAMPLE
    return make(Basis(read, base, "arn:aws:iam::123456789012:role/r", batch, rehearsal, FULL, mini))


def test_the_modes_have_their_stages() -> None:
    both, mini, alone = planned(), planned(mini=True), planned(alone=True)
    assert both.rehearsal is not None
    assert both.full is not None
    assert (mini.rehearsal is not None, mini.full) == (True, None)
    assert (alone.rehearsal, alone.full is not None) == (None, True)


def test_the_rehearsal_has_one_epoch_the_same_peak_rate_and_warmup_in_proportion() -> None:
    values = {"epochCount": "2", "learningRate": "0.00002", "learningRateWarmupSteps": "20"}
    plan = planned(hyperparameters=values)
    assert plan.full is not None
    assert plan.full.hyperparameters == values
    assert plan.rehearsal is not None
    assert plan.rehearsal.hyperparameters == {
        "epochCount": "1",
        "learningRate": "0.00002",
        "learningRateWarmupSteps": "5",
    }


@pytest.mark.fault(82)
def test_the_rehearsal_differs_from_the_full_run_in_epochs_and_warmup_only() -> None:
    plan = planned(HAIKU, hyperparameters={"batchSize": "16", "earlyStoppingPatience": "3"})
    assert plan.full is not None
    assert plan.rehearsal is not None
    differing = {
        key
        for key in plan.full.hyperparameters | plan.rehearsal.hyperparameters
        if plan.full.hyperparameters.get(key) != plan.rehearsal.hyperparameters.get(key)
    }
    assert differing == {"epochCount"}


@pytest.mark.parametrize(("given", "rehearsed"), [("0", "0"), ("1", "1"), (None, "2")])
def test_warmup_in_proportion_keeps_none_at_none_and_any_at_one_or_more(
    given: str | None, rehearsed: str
) -> None:
    values = {} if given is None else {"learningRateWarmupSteps": given}
    plan = planned(hyperparameters=values)
    assert plan.rehearsal is not None
    assert plan.rehearsal.hyperparameters["learningRateWarmupSteps"] == rehearsed


def test_the_defaults_of_rate_and_epochs_are_spelt_out_and_said() -> None:
    plan = planned(LLAMA)
    assert plan.full is not None
    assert plan.full.hyperparameters == {"epochCount": "5", "learningRate": "0.0001"}
    assert plan.learning_rate == LearningRate(
        "learningRate", Decimal("0.0001"), Decimal("0.000005"), Decimal("0.1")
    )
    assert sum("was not given" in note for note in plan.notes) == 2


def test_claude_has_a_multiplier_for_its_rate() -> None:
    rate = planned(HAIKU).learning_rate
    assert rate == LearningRate("learningRateMultiplier", Decimal(1), Decimal("0.1"), Decimal(2))


def test_steps_and_their_basis_are_told() -> None:
    plan = planned(hyperparameters={"epochCount": "2"})
    assert plan.full is not None
    assert plan.rehearsal is not None
    assert (plan.rehearsal.planned_steps, plan.full.planned_steps) == (100, 400)
    assert "first guess" in plan.full.steps_basis


def test_costs_are_exact_and_at_the_middle_of_the_tokens() -> None:
    plan = planned(LLAMA, hyperparameters={"epochCount": "2"})
    assert plan.full is not None
    tokens = TokenRange(100_000, 200_000).middle
    assert plan.full.estimated_usd == (Decimal(tokens) * 2 * Decimal("0.00149") / 1000).quantize(
        Decimal("0.0001")
    )
    assert plan.estimated_usd is not None
    assert plan.estimated_usd > plan.full.estimated_usd


def test_without_a_price_nothing_is_estimated_and_that_is_said() -> None:
    plan = planned(HAIKU)
    assert plan.estimated_usd is None
    assert any("No price is known" in note for note in plan.notes)


def test_an_unsure_price_is_said_to_be_unsure() -> None:
    assert any("unsure" in note for note in planned(LITE).notes)
    assert not any("unsure" in note for note in planned(LLAMA).notes)


def test_a_rehearsals_model_is_thrown_away_and_a_full_runs_is_kept() -> None:
    plan = planned()
    assert plan.rehearsal is not None
    assert plan.full is not None
    assert (plan.rehearsal.throw_away, plan.full.throw_away) == (True, False)
    assert (plan.rehearsal.stage, plan.full.stage) == (Stage.REHEARSAL, Stage.FULL)


def test_orders_of_the_config_are_in_the_plan() -> None:
    plan = planned(
        run={"max_hours": 0.5, "on_abort": "stop"},
        monitoring={"auto_stop": "on", "thresholds": {"loss_spike.ratio": 2.5}},
        budget_usd=12,
        tags={"team": "search"},
    )
    assert (plan.max_hours, plan.on_abort, plan.auto_stop) == (0.5, "stop", "on")
    assert plan.thresholds == {"loss_spike.ratio": 2.5}
    assert plan.budget_usd == Decimal(12)
    assert plan.tags == {"team": "search"}


@pytest.mark.fault(83)
@pytest.mark.parametrize(
    ("name", "batch", "steps", "records"),
    [
        (LITE, 16, 100, 1600),
        (LITE, 16, 0, 8),
        (LLAMA, 1, 100, 100),
        (LLAMA, 1, 30, 100),
        (HAIKU, 32, 100, 3200),
    ],
)
def test_a_sample_gives_the_steps_and_is_never_below_the_bases_minimum(
    name: str, batch: float, steps: int, records: int
) -> None:
    assert sample_size(base_of(name), Batch(batch, ""), steps) == records


def test_ones_own_price_counts_in_the_plan_and_is_kept_with_whose_it_is() -> None:
    plan = planned(HAIKU, price_per_1k_tokens_usd="0.01")

    assert plan.price == Price(Decimal("0.01"), "given by you")
    assert plan.full
    exact = Decimal(FULL.tokens.middle) * plan.full.epochs / 100_000
    assert plan.full.estimated_usd == exact.quantize(Decimal("0.0001"))
    assert not any("No price is known" in note for note in plan.notes)


def test_a_plan_without_a_price_says_how_to_give_one() -> None:
    assert any('"price_per_1k_tokens_usd": ' in note for note in planned(HAIKU).notes)
