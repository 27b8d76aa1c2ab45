"""Good values for a base and the data at hand; for a base that is gone, those of the nearest."""

from dataclasses import dataclass, field
from datetime import datetime

from finetune_guard.core import wire
from finetune_guard.core.config import REHEARSAL_STEPS, Reading, examine_config
from finetune_guard.core.datasets.records import Scan
from finetune_guard.core.datasets.splitting import SHARE, worth_splitting
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.bases import judge_base, same_base
from finetune_guard.core.hyperparameters.catalogue import nearest, shipped
from finetune_guard.core.hyperparameters.rate_grid import RateGrid, rate_grid
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.hyperparameters.suggestion import suggest
from finetune_guard.core.observations import BaseModelFacts, FoundationModel
from finetune_guard.core.planning import sample_size
from finetune_guard.core.plans import TokenRange
from finetune_guard.core.runs import Problem
from finetune_guard.core.shaping import DEAR
from finetune_guard.usecases.account_quotas import as_account_may
from finetune_guard.usecases.advise import AdviceTools, CostAdvice, cost_advice
from finetune_guard.usecases.check_data import DataAnswer, check_data
from finetune_guard.usecases.checks import listed_by, ordered, refuses
from finetune_guard.usecases.estimates import foretell
from finetune_guard.usecases.knowledge import known_of
from finetune_guard.usecases.optimal_answer import (
    Alternative,
    Measured,
    Optimal,
    Steps,
    SuggestedConfig,
    SuggestedRehearsal,
)
from finetune_guard.usecases.past_runs import past_runs

#: Stands in a config to start from until a person puts their own in.
TRAINING_URI, OUTPUT_URI = "s3://my-bucket/training.jsonl", "s3://my-bucket/output/"
WRONG_REGION = "BM004"
#: Bases like the one asked for that are named.
NEAREST = 3


def get_optimal(model_type: str, records: int, now: datetime, tools: AdviceTools | None = None) -> Optimal:
    """Good values for a base and a number of records.

    What cannot be fine-tuned is said to be so, with values for the nearest base that can.

    Args:
        model_type: An exact id, an alias or a family.
        records: Training records.
        now: UTC; decides which bases live.
        tools: What can be asked.
    """
    tools = tools or AdviceTools()
    return _optimal(_chosen(model_type, now, tools), _Material(records, TRAINING_URI), tools)


def get_optimal_for_file(model_type: str, uri: str, now: datetime, tools: AdviceTools) -> Optimal:
    """Good values for a base and a training file, which is read whole and measured.

    Args:
        model_type: See get_optimal.
        uri: The file, here or on S3.
        now: See get_optimal.
        tools: What can be asked; its files are needed.

    Raises:
        NotFoundError: There is no such file.
        AccessRefusedError: The caller may not read it.
        InvalidInputError: It is no file of records at all, or too large for any base.
    """
    if tools.files is not None:
        tools.files.facts(uri)
    choice = _chosen(model_type, now, tools)
    data = check_data(_reading(_config(choice.base, uri, {})), choice.base, tools.files)
    if data.training is None:
        raise InvalidInputError(" ".join(f"{told.message} {told.suggestion}" for told in data.problems))
    return _optimal(choice, _Material(data.training.records, uri, data), tools)


@dataclass(frozen=True, slots=True)
class _Material:
    """What is to be trained on."""

    records: int
    uri: str
    found: DataAnswer = field(default_factory=DataAnswer)


@dataclass(frozen=True, slots=True)
class _Choice:
    """The base that the values are for."""

    requested: str
    base: BaseModel
    tunable: bool
    elsewhere: bool
    problems: tuple[Problem, ...]
    others: tuple[BaseModel, ...]

    @property
    def nearest(self) -> tuple[BaseModel, ...]:
        """Living bases like the one asked for, without it."""
        asked = self.tunable or self.elsewhere
        return self.others if asked else (self.base, *self.others)


def _chosen(model_type: str, now: datetime, tools: AdviceTools) -> _Choice:
    listed = listed_by(tools.jobs)
    judged = as_account_may(judge_base(model_type, now, tools.region, listed), tools.quotas)
    tunable = judged.base is not None and not refuses(judged.problems)
    elsewhere = any(problem.code == WRONG_REGION for problem in judged.problems)
    others = _others(model_type, judged.base, now, listed)
    if judged.base and (tunable or elsewhere):
        return _Choice(model_type, judged.base, tunable, elsewhere, judged.problems, others)
    return _Choice(model_type, others[0], False, False, judged.problems, others[1:])


def _others(
    model_type: str, asked: BaseModel | None, now: datetime, listed: tuple[FoundationModel, ...] | None
) -> tuple[BaseModel, ...]:
    """The nearest living bases but the one asked for; those that the service lists here come first."""
    near = nearest(model_type, now.date(), most=len(shipped()))
    rest = [base for base in near if asked is None or base.model_id != asked.model_id]
    rest.sort(key=lambda base: not any(same_base(model.model_id, base.model_id) for model in listed or ()))
    return tuple(rest[:NEAREST])


def _optimal(choice: _Choice, material: _Material, tools: AdviceTools) -> Optimal:
    base, records, data = choice.base, material.records, material.found
    splits = worth_splitting(records, base.limits)
    reasons = suggest(base, records, validation=splits)
    values = {reason.key: reason.value for reason in reasons}
    seen = known_of(base.model_id, tools.store) if tools.store else None
    setting = Setting(base, values, records, 0, splits, batch_of(base, values, seen))
    found = (*judge_setting(setting), *data.problems)
    grid = rate_grid(base, values)
    config = _config(base, material.uri, values, sweep=grid is not None and _worth_a_sweep(grid, setting))
    return Optimal(
        requested=choice.requested,
        base_model_id=base.model_id,
        tunable=choice.tunable,
        hyperparameters=values,
        reasons=reasons,
        config=None if choice.elsewhere or refuses(found) else config,
        problems=ordered((*choice.problems, *found)),
        nearest=tuple(other.model_id for other in choice.nearest),
        records=records,
        measured=_measured(data.training, base) if data.training else None,
        grid=grid,
        steps=_steps(setting),
        cost=_cost(_reading(config), base, data if _sound(data) else DataAnswer(), seen),
        alternatives=tuple(_alternative(other, records) for other in choice.others),
        seen=past_runs(base, records, tools.store) if tools.store else None,
    )


def _cost(reading: Reading, base: BaseModel, data: DataAnswer, seen: BaseModelFacts | None) -> CostAdvice:
    return cost_advice(base, data, foretell(reading, base, data, seen, Mode.REHEARSE_THEN_RUN))


def _worth_a_sweep(grid: RateGrid, setting: Setting) -> bool:
    """Whether there are rates to compare, and rehearsing each costs little beside the full run."""
    sample = sample_size(setting.base, setting.batch, REHEARSAL_STEPS)
    most = DEAR * (setting.records or 0) * setting.epochs
    return len(grid.values) > 1 and len(grid.values) * sample <= most


def _config(base: BaseModel, uri: str, values: dict[str, str], *, sweep: bool = False) -> SuggestedConfig:
    rehearsal = SuggestedRehearsal(sweep)
    return SuggestedConfig("my-finetune-job", base.model_id, uri, OUTPUT_URI, values, rehearsal)


def _reading(config: SuggestedConfig) -> Reading:
    return examine_config(wire.plain(config))


def _measured(scan: Scan, base: BaseModel) -> Measured:
    each = max(1, scan.records)
    mean = TokenRange(round(scan.tokens.low / each), round(scan.tokens.high / each))
    splits = worth_splitting(scan.records, base.limits)
    apart = min(round(scan.records * SHARE), base.limits.max_validation or scan.records) if splits else 0
    return Measured(scan.records, scan.tokens, mean, scan.longest, apart)


def _sound(data: DataAnswer) -> bool:
    """Whether any record could be measured."""
    return data.training is not None and data.training.longest.high > 0


def _steps(setting: Setting) -> Steps:
    batch, records = setting.batch, setting.records or 0
    return Steps(setting.steps, batch.steps(records, 1), batch.records, batch.basis)


def _alternative(base: BaseModel, records: int) -> Alternative:
    reasons = suggest(base, records, validation=worth_splitting(records, base.limits))
    return Alternative(base.model_id, base.regions, {reason.key: reason.value for reason in reasons})
