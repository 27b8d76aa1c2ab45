"""The shipped catalogue and what is found in it."""

from datetime import date
from decimal import Decimal

import pytest

from finetune_guard.core.hyperparameters.base_model import FINE_TUNING, Confidence, RecordSchema
from finetune_guard.core.hyperparameters.catalogue import (
    find,
    known_on,
    living,
    nearest,
    never_tunable,
    shipped,
)
from finetune_guard.core.hyperparameters.steps import read_number
from tests.core.hyperparameters.catalogue_page import PAGE, page

TODAY = date(2026, 11, 24)
LLAMA = "meta.llama3-1-8b-instruct-v1:0:128k"
NOVA_2 = "amazon.nova-2-lite-v1:0:256k"


@pytest.mark.parametrize(
    ("name", "model_id"),
    [
        (LLAMA, LLAMA),
        ("amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0:128k"),
        ("Llama-3.1-8B", LLAMA),
        ("nova-pro", "amazon.nova-pro-v1:0:300k"),
        ("meta-llama-3.3", "meta.llama3-3-70b-instruct-v1:0:128k"),
        ("arn:aws:bedrock:us-west-2::foundation-model/" + LLAMA, LLAMA),
    ],
)
def test_a_base_is_found_by_id_alias_family_and_arn(name: str, model_id: str) -> None:
    base = find(name)
    assert base is not None
    assert base.model_id == model_id


@pytest.mark.parametrize(
    "name", ["", "  ", "anthropic.claude-v2", "arn:aws:bedrock:us-west-2::foundation-model/"]
)
def test_what_is_not_in_the_catalogue_is_not_found(name: str) -> None:
    assert find(name) is None


def test_a_base_with_two_entries_is_found_as_the_one_that_is_fine_tuned() -> None:
    base = find(NOVA_2)
    assert base is not None
    assert FINE_TUNING in base.customizations


def test_a_base_that_is_gone_is_not_among_the_nearest() -> None:
    names = [base.model_id for base in nearest("meta.llama3-2-1b-instruct-v1:0:128k", TODAY)]
    assert names[0].startswith("meta.llama3-1") or names[0].startswith("meta.llama3-3")
    assert not any("llama3-2" in name for name in names)


def test_the_seeds_base_has_living_neighbours() -> None:
    names = nearest("anthropic.claude-v2", TODAY)
    assert len(names) == 3
    assert all(base.tunable(TODAY) for base in names)
    assert [base.model_id for base in names[:2]] == ["amazon.nova-lite-v1:0:300k", LLAMA]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("amazon.nova-pro", "amazon.nova-pro-v1:0:300k"),
        ("nova-mirco", "amazon.nova-micro-v1:0:128k"),
        ("llama3.1-70b", "meta.llama3-1-70b-instruct-v1:0:128k"),
        ("llama-3-3-70b", "meta.llama3-3-70b-instruct-v1:0:128k"),
    ],
)
def test_a_name_that_is_spelt_wrong_finds_what_was_meant(typed: str, meant: str) -> None:
    assert nearest(typed, TODAY)[0].model_id == meant


def test_a_base_lives_until_its_end_of_life() -> None:
    haiku = find("claude-3-haiku")
    assert haiku is not None
    assert haiku.tunable(date(2026, 9, 9))
    assert not haiku.tunable(date(2026, 9, 10))


def test_every_living_base_has_a_rate_legal_defaults_and_a_text_schema() -> None:
    assert len(living(TODAY)) >= 6
    for base in living(TODAY):
        assert base.rate_key in base.knobs
        assert base.limits.schema is not RecordSchema.OTHER
        for knob in base.knobs.values():
            default = read_number(knob, str(knob.default))
            assert default is not None
            assert knob.minimum is None or default >= knob.minimum
            assert knob.maximum is None or default <= knob.maximum


def test_every_price_is_positive_and_says_who_says_so() -> None:
    prices = [base.price for base in shipped() if base.price]
    assert len(prices) >= 10
    assert all(price.usd_per_1k_tokens > 0 and price.source for price in prices)


def test_figures_are_exact_decimals() -> None:
    base = find(LLAMA)
    assert base is not None
    assert base.price is not None
    assert base.price.usd_per_1k_tokens == Decimal("0.00149")
    assert base.knobs["learningRate"].minimum == Decimal("0.000005")


def test_every_entry_names_its_sources() -> None:
    assert all(base.sources for base in shipped())
    assert known_on() >= date(2026, 7, 17)


def test_every_figure_that_is_known_says_who_says_so_and_how_sure_that_is() -> None:
    for base in shipped():
        needed = {"hyperparameters", "regions", "lifecycle"}
        needed |= {"price"} if base.price else set()
        needed |= {"storage"} if base.storage_usd_per_month else set()
        needed |= {"tokens"} if base.limits.max_tokens else set()
        needed |= {"records"} if base.limits.max_records or base.limits.min_records else set()
        needed |= {"files"} if base.limits.max_bytes else set()
        assert needed <= set(base.figures), base.model_id
        assert all(figure.source for figure in base.figures.values())


def test_only_a_figure_that_nobody_stands_for_may_be_without_a_date() -> None:
    figures = [figure for base in shipped() for figure in base.figures.values()]
    undated = {figure.confidence for figure in figures if figure.as_of is None}
    assert undated <= {Confidence.UNCONFIRMED, Confidence.DOCUMENTED}


def test_what_could_not_be_confirmed_is_told_so() -> None:
    lite = find("nova-lite")
    assert lite is not None
    assert not lite.confirmed("price")
    assert lite.figures["price"].told == "not confirmed"
    assert lite.confirmed("hyperparameters")


def test_a_base_that_never_could_be_tuned_is_known_with_its_end() -> None:
    claude = never_tunable("anthropic.claude-v2")
    assert claude is not None
    assert claude.lifecycle.end_of_life == date(2025, 7, 21)
    assert claude not in shipped()
    assert never_tunable("nova-lite") is None


def test_the_page_about_the_catalogue_says_what_the_catalogue_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "write it again: python -m tests.core.hyperparameters.catalogue_page"
    )
