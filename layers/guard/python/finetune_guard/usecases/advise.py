"""What a person asks before starting anything: is this config right, and what will it cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finetune_guard.core.access.places import Deployment
from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.config_keys import TRAINING, VALIDATION
from finetune_guard.core.config_text import OURS, shown
from finetune_guard.core.cost import CostRange, price_source
from finetune_guard.core.decisions import Mode
from finetune_guard.core.duration import Duration
from finetune_guard.core.errors import NotSignedInError
from finetune_guard.core.estimates import JobEstimate, StageEstimate
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.jobs import SCHEMA_VERSION
from finetune_guard.core.plans import AT_ONCE, Stage
from finetune_guard.core.runs import Problem
from finetune_guard.core.stack_cost import StackCost, stack_cost
from finetune_guard.ports import Buckets, DatasetFiles, Quotas, RolePolicies, RunStore, TrainingJobs
from finetune_guard.usecases.access import AccessTools, Request, check_access
from finetune_guard.usecases.account_quotas import as_account_may
from finetune_guard.usecases.check_data import DataAnswer, check_data
from finetune_guard.usecases.checks import check_base, check_setting, refuses, settled
from finetune_guard.usecases.estimates import Foretold, foretell
from finetune_guard.usecases.knowledge import known_of


@dataclass(frozen=True, slots=True)
class AdviceTools:
    """What advice can use of the world; each may be missing, and the answer then says what was not checked.

    Attributes:
        files: Reads the data, on S3 or on this machine.
        jobs: Asks the service for its base models.
        quotas: Knows what the account may use.
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
    quotas: Quotas | None = None
    buckets: Buckets | None = None
    roles: RolePolicies | None = None
    stack: Deployment | None = None

    @property
    def access(self) -> AccessTools:
        """Whom to ask about places, roles and room."""
        return AccessTools(self.buckets, self.roles, self.jobs, self.store, self.stack, self.region)


@dataclass(frozen=True, slots=True)
class CostAdvice:
    """What a run would cost, in US dollars, and how long it would take; None where that is unknown.

    Attributes:
        estimated_usd, low_usd, high_usd: Of the full run; of the rehearsal where there is no other stage.
        tokens_low, tokens_high: Of one pass over the whole training file.
        price_per_1k_tokens_usd: The price that counts, given or from the catalogue.
        price_source: Whose it is, and of when.
        storage_usd_per_month: Of one model that is kept.
        stages: What runs, in order, each with its own range: one try of the rehearsal, the full run whole.
        total_usd: Of all jobs, each once.
        models_kept: Models of the run that stay when all goes well; a rehearsal's is deleted.
        stack: What the stack itself costs.
        duration: How long the jobs take.
        jobs: Every job of a run without trouble, in order.
        notes: What was asked and is not possible, and what was weighed; sentences for a person.
        rate_key: Name of the learning rate; None where the base has none.
        at_once: Jobs of a sweep that may run at the same time.
    """

    estimated_usd: Decimal | None = None
    low_usd: Decimal | None = None
    high_usd: Decimal | None = None
    tokens_low: int | None = None
    tokens_high: int | None = None
    price_per_1k_tokens_usd: Decimal | None = None
    price_source: str = "unknown"
    storage_usd_per_month: Decimal | None = None
    stages: tuple[StageEstimate, ...] = ()
    total_usd: CostRange | None = None
    models_kept: int = 0
    stack: StackCost | None = None
    duration: Duration | None = None
    jobs: tuple[JobEstimate, ...] = ()
    notes: tuple[str, ...] = ()
    rate_key: str | None = None
    at_once: int = AT_ONCE


@dataclass(frozen=True, slots=True)
class Advice:
    """The answer of `validate`.

    Attributes:
        ok: Whether nothing refuses the run.
        problems: Errors first.
        cost: Of the run, with its time.
    """

    ok: bool
    problems: tuple[Problem, ...]
    cost: CostAdvice
    schema_version: int = SCHEMA_VERSION


def validate(
    document: object,
    now: datetime,
    tools: AdviceTools | None = None,
    mode: Mode = Mode.REHEARSE_THEN_RUN,
) -> Advice:
    """Every problem of a config at once, and what a run would cost and take.

    Args:
        document: JSON text, or the object that it is; data may be on this machine.
        now: UTC; decides which bases live.
        tools: What can be asked.
        mode: Which machine would carry the run.
    """
    tools = tools or AdviceTools()
    reading = examine_config(document)
    answer = as_account_may(check_base(reading, now, tools.region, tools.jobs), tools.quotas)
    data, unread = _data(reading, answer.base, tools)
    access = check_access(Request(reading, answer.base, data.sources, answer.room), tools.access, unread)
    problems = (*answer.problems, *reading.problems, *access, *data.problems, *_not_read(reading, tools))
    if answer.base is None:
        return _advice(reading, (*problems, *check_setting(reading, None, data, None)), CostAdvice())
    seen = known_of(answer.base.model_id, tools.store) if tools.store else None
    setting = check_setting(reading, answer.base, data, seen)
    foretold = foretell(reading, answer.base, data, seen, mode)
    return _advice(
        reading, (*problems, *setting, *foretold.problems), cost_advice(answer.base, data, foretold)
    )


def _data(reading: Reading, base: BaseModel | None, tools: AdviceTools) -> tuple[DataAnswer, str]:
    """What is in the data, and what to call it where there are no credentials to read it with."""
    try:
        return check_data(reading, base, tools.files), ""
    except NotSignedInError:
        return DataAnswer(given=bool(reading.path(VALIDATION))), "the data"


def _advice(reading: Reading, problems: tuple[Problem, ...], cost: CostAdvice) -> Advice:
    told = settled(problems, reading)
    return Advice(not refuses(told), told, cost)


def _not_read(reading: Reading, tools: AdviceTools) -> tuple[Problem, ...]:
    path = reading.path(TRAINING)
    if tools.files is not None or not path:
        return ()
    message = "The data was not read; its records and the cost are not checked."
    return (Problem("DS000", "info", TRAINING, shown(path), message, "", OURS),)


def cost_advice(base: BaseModel, data: DataAnswer, foretold: Foretold) -> CostAdvice:
    """What a run would cost and take, as far as price, data and pace are known."""
    estimate, duration = foretold.estimate, foretold.duration
    main = estimate.stages[-1].cost_usd
    tokens = data.training.tokens if data.training else None
    return CostAdvice(
        estimated_usd=main.middle if main else None,
        low_usd=main.low if main else None,
        high_usd=main.high if main else None,
        tokens_low=tokens.low if tokens else None,
        tokens_high=tokens.high if tokens else None,
        price_per_1k_tokens_usd=estimate.price.usd_per_1k_tokens if estimate.price else None,
        price_source=price_source(estimate.price) if estimate.price else "unknown",
        storage_usd_per_month=base.storage_usd_per_month,
        stages=estimate.stages,
        total_usd=estimate.cost_usd,
        models_kept=1 if estimate.of(Stage.FULL) else 0,
        stack=stack_cost(duration.most_hours),
        duration=duration,
        jobs=estimate.jobs,
        notes=estimate.notes,
        rate_key=estimate.rate_key,
        at_once=estimate.at_once,
    )
