"""The checks that pre-flight in the machine and `validate` at the terminal share."""

from datetime import datetime

from finetune_guard.core.acceptance import accept
from finetune_guard.core.config import Reading
from finetune_guard.core.config_keys import VALIDATION
from finetune_guard.core.config_text import OURS, SHOWN
from finetune_guard.core.datasets.splitting import worth_splitting
from finetune_guard.core.errors import ServiceError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.bases import BaseAnswer, judge_base
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_names, judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.observations import BaseModelFacts, FoundationModel
from finetune_guard.core.runs import Problem
from finetune_guard.core.thresholds import ThresholdProblem, override, pack_for
from finetune_guard.ports import TrainingJobs
from finetune_guard.usecases.check_data import DataAnswer

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
    thresholds = check_thresholds(reading, base)
    if base is None:
        names = judge_names(reading.hyperparameters, validation=bool(reading.path(VALIDATION)))
        return (*names, *thresholds)
    return (*judge_setting(setting_of(reading, base, data, seen)), *thresholds)


def setting_of(reading: Reading, base: BaseModel, data: DataAnswer, seen: BaseModelFacts | None) -> Setting:
    """What the rules look at, and what is estimated from."""
    values = reading.hyperparameters
    records = data.training.records if data.training and data.training.whole else None
    beside = data.validation.records if data.validation else None if data.given else 0
    splits = records is not None and not data.given and worth_splitting(records, base.limits)
    longest = data.training.longest if data.training else None
    swept = reading.config.rehearsal.sweep if reading.config else None
    return Setting(
        base=base,
        values=values,
        records=records,
        validation_records=beside,
        will_split=splits,
        batch=batch_of(base, values, seen),
        longest=longest,
        sweep=swept if isinstance(swept, tuple) else (),
    )


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
