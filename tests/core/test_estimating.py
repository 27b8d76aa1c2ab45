"""What each stage trains and costs, before it is planned."""

from decimal import Decimal

import pytest

from finetune_guard.core.decisions import Mode
from finetune_guard.core.estimating import Demand, Estimate, estimate
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.steps import Batch
from finetune_guard.core.plans import Price, Stage, TokenRange

PRICE = Price(Decimal("0.001"), "a test")
TOKENS = TokenRange(100_000, 200_000)


def base() -> BaseModel:
    found = find("amazon.nova-lite-v1:0:300k")
    assert found
    return found


def estimated(
    mode: Mode = Mode.REHEARSE_THEN_RUN,
    records: int | None = 1_000,
    tokens: TokenRange | None = TOKENS,
    splits: bool = False,
    steps: int = 50,
    price: Price | None = PRICE,
) -> Estimate:
    setting = Setting(base(), {"epochCount": "2"}, records, 0, splits, Batch(2.0, "a test"))
    return estimate(Demand(setting, tokens, mode, steps, price))


@pytest.mark.parametrize(
    ("mode", "stages"),
    [
        (Mode.MINI_RUN, [Stage.REHEARSAL]),
        (Mode.FULL_RUN, [Stage.FULL]),
        (Mode.REHEARSE_THEN_RUN, [Stage.REHEARSAL, Stage.FULL]),
    ],
)
def test_each_machine_has_its_stages(mode: Mode, stages: list[Stage]) -> None:
    assert [stage.stage for stage in estimated(mode).stages] == stages


def test_a_rehearsal_is_one_pass_over_its_share_of_the_tokens() -> None:
    rehearsal, full = estimated().stages

    assert (rehearsal.records, rehearsal.epochs, rehearsal.steps) == (100, 1, 50)
    assert rehearsal.tokens == TokenRange(10_000, 20_000)
    assert (full.records, full.epochs, full.steps) == (1_000, 2, 1_000)
    assert full.tokens == TokenRange(200_000, 400_000)
    assert full.cost_usd
    assert (full.cost_usd.low, full.cost_usd.high) == (Decimal("0.2"), Decimal("0.4"))


def test_records_that_are_set_apart_are_not_trained_on() -> None:
    full = estimated(Mode.FULL_RUN, splits=True).stages[0]

    assert full.records == 900
    assert full.tokens == TokenRange(180_000, 360_000)


def test_a_rehearsal_has_no_more_records_than_are_left_to_train_on() -> None:
    rehearsal, full = estimated(records=60, steps=100).stages

    assert rehearsal.records == full.records == 60


def test_the_whole_is_the_sum_of_the_stages() -> None:
    found = estimated()
    parts = [stage.cost_usd.middle for stage in found.stages if stage.cost_usd]

    assert found.cost_usd
    assert found.cost_usd.middle == sum(parts)


@pytest.mark.parametrize("missing", ["records", "tokens", "price"])
def test_what_is_not_known_makes_no_cost(missing: str) -> None:
    found = estimated(**{missing: None})  # type: ignore[arg-type]

    assert found.cost_usd is None
    assert all(stage.cost_usd is None for stage in found.stages)


def test_a_stage_that_is_not_run_is_none() -> None:
    assert estimated(Mode.MINI_RUN).of(Stage.FULL) is None
