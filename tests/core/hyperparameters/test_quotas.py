"""Which quota is whose, and what it replaces."""

import pytest

from finetune_guard.core.hyperparameters.base_model import FINE_TUNING, TEXT_SCHEMAS, BaseModel
from finetune_guard.core.hyperparameters.catalogue import find, shipped
from finetune_guard.core.hyperparameters.quotas import (
    account_quotas,
    most_records,
    quota_problems,
    with_quotas,
)
from finetune_guard.core.observations import AccountQuotas

JOBS = "(Model customization) Scheduled customization jobs"


def quota(base: str) -> str:
    return f"(Model customization) Sum of training and validation records for a {base} Fine-tuning job"


def base(name: str) -> BaseModel:
    found = find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("named", "model"),
    [
        ("Claude 3 Haiku v1", "claude-3-haiku"),
        ("Titan Text G1 - Lite v1", "amazon.titan-text-lite-v1:0:4k"),
        ("Titan Text G1 - Premier v1", "amazon.titan-text-premier-v1:0:32k"),
        ("Meta Llama 2 70B v1", "meta.llama2-70b-v1:0:4k"),
        ("Meta Llama 3.1 8B Instruct v1", "llama-3.1-8b"),
        ("Llama 3.3 70B Instruct", "meta-llama-3.3"),
        ("Amazon Nova Micro", "nova-micro"),
        ("Nova Lite V1.0 300K", "nova-lite"),
        ("Nova 2 Lite V1.0 256K", "nova-2-lite"),
    ],
)
def test_a_quota_is_recognised_by_the_words_of_its_name(named: str, model: str) -> None:
    assert most_records(base(model), account_quotas([(quota(named), 123.0)])) == 123


def test_no_two_bases_share_a_quota() -> None:
    ours = [one for one in shipped() if FINE_TUNING in one.customizations]
    ours = [one for one in ours if one.limits.schema in TEXT_SCHEMAS]
    for one in ours:
        named = one.model_id.partition(".")[2].partition(":")[0]
        quotas = account_quotas([(quota(named), 5.0)])
        assert [other for other in ours if most_records(other, quotas) is not None] == [one]


def test_other_quotas_are_not_taken_for_one_of_records() -> None:
    names = [
        quota("Nova Lite").replace("Fine-tuning", "Continued Pre-Training"),
        "Records per batch inference job for Nova Lite V1",
        "",
    ]
    assert account_quotas([(name, 1.0) for name in names]) == AccountQuotas()


def test_the_quota_of_jobs_is_told() -> None:
    assert account_quotas([(JOBS, 10.0)]).jobs == 10


@pytest.mark.parametrize("value", [2_000, 50_000])
def test_a_raised_or_lowered_quota_replaces_the_catalogues(value: int) -> None:
    quotas = account_quotas([(quota("Meta Llama 3.1 8B Instruct v1"), float(value))])
    limits = with_quotas(base("llama-3.1-8b"), quotas).limits
    assert (limits.max_records, limits.max_sum, limits.min_records) == (value, value, 100)
    (told,) = quota_problems(base("llama-3.1-8b"), quotas)
    assert (told.code, told.severity) == ("QU001", "info")
    assert f"{value:,}" in told.message
    assert "10,000" in told.message


def test_a_quota_as_in_the_catalogue_is_not_worth_a_word() -> None:
    quotas = account_quotas([(quota("Meta Llama 3.1 8B Instruct v1"), 10_000.0)])
    assert list(quota_problems(base("llama-3.1-8b"), quotas)) == []


@pytest.mark.parametrize("quotas", [None, AccountQuotas()])
def test_where_the_catalogue_has_to_do_that_is_said(quotas: AccountQuotas | None) -> None:
    (told,) = quota_problems(base("nova-lite"), quotas)
    assert (told.code, told.severity) == ("QU002", "info")
    assert "20,000" in told.message
    assert with_quotas(base("nova-lite"), quotas or AccountQuotas()) == base("nova-lite")
