"""What a person asks before starting anything: is this config right, and what would be good values."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finetune_guard.core.access.places import Deployment
from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.cost import price_source
from finetune_guard.core.datasets.splitting import worth_splitting
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotSignedInError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.bases import judge_base
from finetune_guard.core.hyperparameters.catalogue import find, nearest
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.hyperparameters.suggestion import Reason, suggest
from finetune_guard.core.jobs import SCHEMA_VERSION
from finetune_guard.core.runs import Problem
from finetune_guard.ports import Buckets, DatasetFiles, RolePolicies, RunStore, TrainingJobs
from finetune_guard.usecases.access import AccessTools, Request, check_access
from finetune_guard.usecases.checks import (
    TRAINING,
    VALIDATION,
    DataAnswer,
    check_base,
    check_budget,
    check_data,
    check_setting,
    cost_of_full_run,
    listed_by,
    ordered,
    refuses,
)


@dataclass(frozen=True, slots=True)
class AdviceTools:
    """What advice can use of the world; each may be missing, and the answer then says what was not checked.

    Attributes:
        files: Reads the data, on S3 or on this machine.
        jobs: Asks the service for its base models.
        store: Knows what this account's finished jobs have shown, and which runs are going on.
        region: Where the run would be.
        buckets: Tells where buckets are.
        roles: Tells what a role may do.
        stack: What the stack may use.
    """

    files: DatasetFiles | None = None
    jobs: TrainingJobs | None = None
    store: RunStore | None = None
    region: str | None = None
    buckets: Buckets | None = None
    roles: RolePolicies | None = None
    stack: Deployment | None = None

    @property
    def access(self) -> AccessTools:
        """Whom to ask about places, roles and room."""
        return AccessTools(self.buckets, self.roles, self.jobs, self.store, self.stack, self.region)


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


@dataclass(frozen=True, slots=True)
class SuggestedConfig:
    """A config to start from; it passes `validate` once the paths are real."""

    job_name: str
    base_model_id: str
    training_data_path: str
    output_data_path: str
    hyperparameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Optimal:
    """The answer of `get-optimal`.

    Attributes:
        requested: What was asked for.
        base_model_id: What the values are for: the base asked for, or the nearest that lives.
        tunable: Whether what was asked for can be fine-tuned.
        hyperparameters: All strings.
        reasons: Why each value.
        config: To start from; None where the size is outside the base's limits.
        problems: Why what was asked for cannot be had, and which limit the size breaks.
        nearest: Other living bases like the one asked for.
    """

    requested: str
    base_model_id: str
    tunable: bool
    hyperparameters: dict[str, str]
    reasons: tuple[Reason, ...]
    config: SuggestedConfig | None
    problems: tuple[Problem, ...]
    nearest: tuple[str, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def ok(self) -> bool:
        """Whether what was asked for can be had."""
        return self.tunable and self.config is not None


def validate(document: object, now: datetime, tools: AdviceTools | None = None) -> Advice:
    """Every problem of a config at once, and what the full run would cost.

    Args:
        document: JSON text, or the object that it is; data may be on this machine.
        now: UTC; decides which bases live.
        tools: What can be asked.
    """
    tools = tools or AdviceTools()
    reading = examine_config(document)
    answer = check_base(reading, now, tools.region, tools.jobs)
    data, unread = _data(reading, answer.base, tools)
    access = check_access(Request(reading, answer.base, data.sources), tools.access, unread)
    problems = (*reading.problems, *answer.problems, *access, *data.problems, *_not_read(reading, tools))
    if answer.base is None:
        return _advice((*problems, *check_setting(reading, None, data, None)), CostAdvice())
    seen = tools.store.base_model(answer.base.model_id) if tools.store else None
    setting = check_setting(reading, answer.base, data, seen)
    budget = check_budget(reading, answer.base, data, Mode.REHEARSE_THEN_RUN)
    return _advice((*problems, *setting, *budget), _cost(reading, answer.base, data))


def _data(reading: Reading, base: BaseModel | None, tools: AdviceTools) -> tuple[DataAnswer, str]:
    """What is in the data, and what to call it where there are no credentials to read it with."""
    try:
        return check_data(reading, base, tools.files), ""
    except NotSignedInError:
        return DataAnswer(given=bool(reading.path(VALIDATION))), "the data"


def _advice(problems: tuple[Problem, ...], cost: CostAdvice) -> Advice:
    return Advice(not refuses(problems), ordered(problems), cost)


def _not_read(reading: Reading, tools: AdviceTools) -> tuple[Problem, ...]:
    path = reading.path(TRAINING)
    if tools.files is not None or not path:
        return ()
    message = "The data was not read; its records and the cost are not checked."
    return (Problem("DS000", "info", TRAINING, shown(path), message, "", OURS),)


def _cost(reading: Reading, base: BaseModel, data: DataAnswer) -> CostAdvice:
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


def get_optimal(
    model_type: str, dataset_size: int, now: datetime, tools: AdviceTools | None = None
) -> Optimal:
    """Good values for a base and a number of records.

    What cannot be fine-tuned is said to be so, with values for the nearest base that can.

    Args:
        model_type: An exact id, an alias or a family.
        dataset_size: Training records.
        now: UTC; decides which bases live.
        tools: What can be asked.
    """
    tools = tools or AdviceTools()
    answer = judge_base(model_type, now, tools.region, listed_by(tools.jobs))
    tunable = answer.base is not None and not refuses(answer.problems)
    others = tuple(other.model_id for other in nearest(model_type, now.date()))
    base = answer.base if tunable and answer.base else find(others[0])
    if base is None:
        return Optimal(model_type, "", False, {}, (), None, answer.problems, others)
    return _optimal(model_type, base, tunable, dataset_size, answer.problems, others, tools)


def _optimal(
    requested: str,
    base: BaseModel,
    tunable: bool,
    records: int,
    problems: tuple[Problem, ...],
    others: tuple[str, ...],
    tools: AdviceTools,
) -> Optimal:
    splits = worth_splitting(records, base.limits)
    reasons = suggest(base, records, validation=splits)
    values = {reason.key: reason.value for reason in reasons}
    seen = tools.store.base_model(base.model_id) if tools.store else None
    batch = batch_of(base, values, seen)
    limits = judge_setting(Setting(base, values, records, 0, splits, batch))
    config = SuggestedConfig(
        "my-finetune-job", base.model_id, "s3://my-bucket/training.jsonl", "s3://my-bucket/output/", values
    )
    return Optimal(
        requested=requested,
        base_model_id=base.model_id,
        tunable=tunable,
        hyperparameters=values,
        reasons=reasons,
        config=None if refuses(limits) else config,
        problems=ordered((*problems, *limits)),
        nearest=others,
    )
