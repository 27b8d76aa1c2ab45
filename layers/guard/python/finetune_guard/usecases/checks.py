"""The checks that pre-flight in the machine and `validate` at the terminal share."""

from datetime import datetime

from finetune_guard.core.acceptance import accept
from finetune_guard.core.config import Reading
from finetune_guard.core.config_text import OURS, SHOWN
from finetune_guard.core.cost import CostRange, cost_of, price_source
from finetune_guard.core.datasets.splitting import worth_splitting
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import ServiceError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.bases import BaseAnswer, judge_base
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_names, judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of, epochs_of
from finetune_guard.core.observations import BaseModelFacts, FoundationModel
from finetune_guard.core.runs import Problem
from finetune_guard.core.thresholds import ThresholdProblem, override, pack_for
from finetune_guard.ports import TrainingJobs
from finetune_guard.usecases.check_data import VALIDATION, DataAnswer

#: A table item holds 400 KB; further problems are only counted.
MOST_PROBLEMS = 100

SEVERITIES = ("error", "warning", "info")


def ordered(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Errors first, otherwise in the order in which they were found; at most MOST_PROBLEMS."""
    by_severity = sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity))
    if len(by_severity) <= MOST_PROBLEMS:
        return tuple(by_severity)
    rest = len(by_severity) - MOST_PROBLEMS
    more = Problem("CF009", "info", "", f"{rest} more", "There are more problems than are shown.", "", OURS)
    return (*by_severity[:MOST_PROBLEMS], more)


def settled(problems: tuple[Problem, ...], reading: Reading) -> tuple[Problem, ...]:
    """The problems in order, what a person overruled in this config being warnings."""
    return ordered(accept(problems, reading.accept))


def refuses(problems: tuple[Problem, ...]) -> bool:
    """Whether one of them is an error."""
    return any(problem.severity == "error" for problem in problems)


def check_base(reading: Reading, now: datetime, region: str | None, jobs: TrainingJobs | None) -> BaseAnswer:
    """Whether the base can be fine-tuned; the service is asked where that is possible."""
    if not reading.base_model_id:
        return BaseAnswer(None, ())
    return judge_base(reading.base_model_id, now, region, listed_by(jobs))


def listed_by(jobs: TrainingJobs | None) -> tuple[FoundationModel, ...] | None:
    """What the service lists; None where it cannot be asked, which the answer says."""
    try:
        return jobs.base_models() if jobs else None
    except ServiceError:
        return None


def check_setting(
    reading: Reading, base: BaseModel | None, data: DataAnswer, seen: BaseModelFacts | None
) -> tuple[Problem, ...]:
    """Every rule over hyperparameters, size of the data and thresholds; without a base, names alone."""
    values = reading.hyperparameters
    thresholds = check_thresholds(reading, base)
    if base is None:
        return (*judge_names(values, validation=bool(reading.path(VALIDATION))), *thresholds)
    records = data.training.records if data.training and data.training.whole else None
    beside = data.validation.records if data.validation else None if data.given else 0
    splits = records is not None and not data.given and worth_splitting(records, base.limits)
    longest = data.training.longest if data.training else None
    setting = Setting(base, values, records, beside, splits, batch_of(base, values, seen), longest)
    return (*judge_setting(setting), *thresholds)


def check_thresholds(reading: Reading, base: BaseModel | None) -> tuple[Problem, ...]:
    """Overrides of the threshold pack: every key known, every value in its range."""
    given = reading.thresholds
    changed = override(pack_for(base.family if base else ""), given) if given else ()
    return tuple(_threshold(problem) for problem in changed) if isinstance(changed, list) else ()


def _threshold(problem: ThresholdProblem) -> Problem:
    key = f"monitoring.thresholds.{problem.key[:SHOWN]}"
    unknown = "There is no such threshold; docs/signals.md lists them."
    message = unknown if problem.nearest else f"This was expected: {problem.expected}."
    advice = f"Did you mean {problem.nearest}?" if problem.nearest else ""
    return Problem("TH001", "error", key, problem.given[:SHOWN], message, advice, OURS)


def cost_of_full_run(reading: Reading, base: BaseModel, data: DataAnswer) -> CostRange | None:
    """What the full run costs; None where price or data are unknown."""
    if data.training is None:
        return None
    return cost_of(data.training.tokens, epochs_of(base, reading.hyperparameters), base.price)


def check_budget(reading: Reading, base: BaseModel, data: DataAnswer, mode: Mode) -> tuple[Problem, ...]:
    """A budget needs a price, and is refused when even the lowest estimate is above it."""
    budget = reading.budget_usd
    if budget is None:
        return ()
    if base.price is None:
        message = f"A budget is set, but no price is known for {base.model_id}."
        advice = "Leave budget_usd out, or choose a base whose price is known."
        return (Problem("CO001", "error", "budget_usd", f"{budget}", message, advice, OURS),)
    cost = cost_of_full_run(reading, base, data)
    if mode is Mode.MINI_RUN or cost is None or cost.low <= budget:
        return ()
    source = f"price: {price_source(base.price)}"
    message = f"The full run alone costs ${cost.low} at least, up to ${cost.high}."
    return (Problem("CO002", "error", "budget_usd", f"{budget}", message, f"At least {cost.low}.", source),)
