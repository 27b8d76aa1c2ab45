"""What a person asks before starting anything: is this config right, and what will it cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.cost import price_source
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.jobs import SCHEMA_VERSION
from finetune_guard.core.runs import Problem
from finetune_guard.ports import DatasetFiles, Quotas, RunStore, TrainingJobs
from finetune_guard.usecases.account_quotas import as_account_may
from finetune_guard.usecases.check_data import TRAINING, DataAnswer, check_data
from finetune_guard.usecases.checks import (
    check_base,
    check_budget,
    check_setting,
    cost_of_full_run,
    refuses,
    settled,
)


@dataclass(frozen=True, slots=True)
class AdviceTools:
    """What advice can use of the world; each may be missing, and the answer then says what was not checked.

    Attributes:
        files: Reads the data, on S3 or on this machine.
        jobs: Asks the service for its base models.
        store: Knows what this account's finished jobs have shown.
        quotas: Knows what the account may use.
        region: Where the run would be.
    """

    files: DatasetFiles | None = None
    jobs: TrainingJobs | None = None
    store: RunStore | None = None
    region: str | None = None
    quotas: Quotas | None = None


@dataclass(frozen=True, slots=True)
class CostAdvice:
    """What the full run would cost, in US dollars; None where price or data are unknown."""

    estimated_usd: Decimal | None = None
    low_usd: Decimal | None = None
    high_usd: Decimal | None = None
    tokens_low: int | None = None
    tokens_high: int | None = None
    price_per_1k_tokens_usd: Decimal | None = None
    price_source: str = "unknown"
    storage_usd_per_month: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer of `validate`.

    Attributes:
        ok: Whether nothing refuses the run.
        problems: Errors first.
        cost: Of the full run.
    """

    ok: bool
    problems: tuple[Problem, ...]
    cost: CostAdvice
    schema_version: int = SCHEMA_VERSION


def validate(document: object, now: datetime, tools: AdviceTools | None = None) -> Advice:
    """Every problem of a config at once, and what the full run would cost.

    Args:
        document: JSON text, or the object that it is; data may be on this machine.
        now: UTC; decides which bases live.
        tools: What can be asked.
    """
    return validate_and_measure(document, now, tools or AdviceTools())[0]


def validate_and_measure(document: object, now: datetime, tools: AdviceTools) -> tuple[Advice, DataAnswer]:
    """What `validate` answers, and what was found in the data on the way."""
    reading = examine_config(document)
    answer = as_account_may(check_base(reading, now, tools.region, tools.jobs), tools.quotas)
    data = check_data(reading, answer.base, tools.files)
    problems = (*answer.problems, *reading.problems, *data.problems, *_not_read(reading, tools))
    if answer.base is None:
        return _advice(reading, (*problems, *check_setting(reading, None, data, None)), CostAdvice()), data
    seen = tools.store.base_model(answer.base.model_id) if tools.store else None
    setting = check_setting(reading, answer.base, data, seen)
    budget = check_budget(reading, answer.base, data, Mode.REHEARSE_THEN_RUN)
    return _advice(reading, (*problems, *setting, *budget), cost_advice(reading, answer.base, data)), data


def _advice(reading: Reading, problems: tuple[Problem, ...], cost: CostAdvice) -> Advice:
    told = settled(problems, reading)
    return Advice(not refuses(told), told, cost)


def _not_read(reading: Reading, tools: AdviceTools) -> tuple[Problem, ...]:
    path = reading.path(TRAINING)
    if tools.files is not None or not path:
        return ()
    message = "The data was not read; its records and the cost are not checked."
    return (Problem("DS000", "info", TRAINING, shown(path), message, "", OURS),)


def cost_advice(reading: Reading, base: BaseModel, data: DataAnswer) -> CostAdvice:
    """What the full run would cost, as far as price and data are known."""
    cost = cost_of_full_run(reading, base, data)
    tokens = data.training.tokens if data.training else None
    return CostAdvice(
        estimated_usd=cost.middle if cost else None,
        low_usd=cost.low if cost else None,
        high_usd=cost.high if cost else None,
        tokens_low=tokens.low if tokens else None,
        tokens_high=tokens.high if tokens else None,
        price_per_1k_tokens_usd=base.price.usd_per_1k_tokens if base.price else None,
        price_source=price_source(base.price) if base.price else "unknown",
        storage_usd_per_month=base.storage_usd_per_month,
    )
