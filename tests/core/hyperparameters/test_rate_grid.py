"""The rates of a sweep: around the advised one, legal, and none that would warn."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.hyperparameters.rate_grid import rate_grid
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.hyperparameters.suggestion import suggest


def base(name: str) -> BaseModel:
    found = find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "given", "tried"),
    [
        ("nova-lite", {"learningRate": "0.00001"}, ("0.0000033", "0.00001", "0.00003")),
        ("llama-3.1-8b", {"learningRate": "0.0001"}, ("0.000033", "0.0001", "0.0003")),
        ("llama-3.1-8b", {"learningRate": "0.000006"}, ("0.000005", "0.000006", "0.000018")),
        ("claude-3-haiku", {"learningRateMultiplier": "1"}, ("0.33", "1", "2")),
        (
            "claude-3-haiku",
            {"learningRateMultiplier": "0.7", "batchSize": "8"},
            ("0.23", "0.7", "1.5"),
        ),
        ("titan", {"learningRate": "0.00001"}, ("0.0000033", "0.00001", "0.00003")),
    ],
)
def test_a_third_and_three_times_the_rate_as_far_as_the_base_allows(
    name: str, given: dict[str, str], tried: tuple[str, ...]
) -> None:
    grid = rate_grid(base(name), given)
    assert grid is not None
    assert grid.values == tried
    assert grid.key in given


def test_where_the_service_chooses_the_rate_there_is_nothing_to_sweep() -> None:
    assert rate_grid(base("cohere"), {"epochCount": "1"}) is None


@given(st.sampled_from(shipped()), st.integers(1, 10**6), st.booleans())
def test_no_rate_of_a_grid_is_refused_or_warned_of(one: BaseModel, records: int, validation: bool) -> None:
    values = {reason.key: reason.value for reason in suggest(one, records, validation=validation)}
    grid = rate_grid(one, values)
    for rate in grid.values if grid else ():
        changed = {**values, grid.key: rate} if grid else values
        setting = Setting(one, changed, None, 0, validation, batch_of(one, changed))
        about_the_rate = [p for p in judge_setting(setting) if grid and p.key.endswith(grid.key)]
        assert [p for p in about_the_rate if p.severity != "info"] == []
    rates = [Decimal(rate) for rate in grid.values] if grid else []
    assert rates == sorted(set(rates))
