"""The checks that pre-flight in the machine and `validate` at the terminal share."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.config import Reading
from finetune_guard.core.config_text import OURS, SHOWN, shown
from finetune_guard.core.datasets.faults import AWS_PREPARE, DataFault
from finetune_guard.core.datasets.problems import problems_of
from finetune_guard.core.datasets.records import Scan, scan
from finetune_guard.core.datasets.splitting import worth_splitting
from finetune_guard.core.errors import (
    AccessRefusedError,
    InvalidInputError,
    NotFoundError,
    RequestRejectedError,
    ServiceError,
)
from finetune_guard.core.hyperparameters.base_model import TEXT_SCHEMAS, BaseModel
from finetune_guard.core.hyperparameters.bases import BaseAnswer, judge_base
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_names, judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of
from finetune_guard.core.observations import BaseModelFacts, FoundationModel
from finetune_guard.core.runs import Problem
from finetune_guard.core.thresholds import ThresholdProblem, override, pack_for
from finetune_guard.ports import DatasetFiles, TrainingJobs

TRAINING, VALIDATION = "training_data_path", "validation_data_path"
#: Largest file that is read, whatever the base takes: a pass over 2 GiB takes 85 s at the 25 MB/s measured on
#: one busy core, and a plan makes up to four in the 15 minutes that a function has.
READ_LIMIT = 2 << 30
#: A table item holds 400 KB; further problems are only counted.
MOST_PROBLEMS = 100

#: What a file, a bucket or a path may answer with for which its user is to blame.
NOT_USABLE = (NotFoundError, AccessRefusedError, RequestRejectedError, InvalidInputError)

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class DataAnswer:
    """What was found in the data.

    Attributes:
        training: The scan of the training file; None where it could not be read.
        validation: The scan of the validation file; None without one, or where it could not be read.
        given: Whether the config names a validation file.
        problems: Everything found wrong.
    """

    training: Scan | None = None
    validation: Scan | None = None
    given: bool = False
    problems: tuple[Problem, ...] = ()


def ordered(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Errors first, otherwise in the order in which they were found; at most MOST_PROBLEMS."""
    by_severity = sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity))
    if len(by_severity) <= MOST_PROBLEMS:
        return tuple(by_severity)
    rest = len(by_severity) - MOST_PROBLEMS
    more = Problem("CF009", "info", "", f"{rest} more", "There are more problems than are shown.", "", OURS)
    return (*by_severity[:MOST_PROBLEMS], more)


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


def check_data(reading: Reading, base: BaseModel | None, files: DatasetFiles | None) -> DataAnswer:
    """Reads both files whole, once, and tells every fault in them."""
    given = bool(reading.path(VALIDATION))
    if files is None or base is None or base.limits.schema not in TEXT_SCHEMAS:
        return DataAnswer(given=given)
    training, problems = _scanned(reading.path(TRAINING), TRAINING, base, files)
    validation, more = _scanned(reading.path(VALIDATION), VALIDATION, base, files)
    return DataAnswer(training, validation, given, (*problems, *more, *_unused(given, base)))


def _unused(given: bool, base: BaseModel) -> tuple[Problem, ...]:
    if not given or base.limits.validation:
        return ()
    message = f"{base.model_id} takes no validation file in fine-tuning; it is not sent."
    advice = f"Leave {VALIDATION} out."
    return (Problem("DS008", "warning", VALIDATION, "a file", message, advice, AWS_PREPARE),)


def _scanned(
    uri: str, key: str, base: BaseModel, files: DatasetFiles
) -> tuple[Scan | None, tuple[Problem, ...]]:
    if not uri:
        return None, ()
    if uri.endswith("/"):
        message = "This is a directory; one JSONL file was expected."
        advice = "Name the file in it."
        return None, (_fault(DataFault.DIRECTORY, key, uri, message, advice),)
    validation = base.limits.max_validation_bytes if key == VALIDATION else base.limits.max_bytes
    limit = min(validation or READ_LIMIT, READ_LIMIT)
    try:
        size = files.facts(uri).size
        if size > limit:
            message = f"The file has {size} bytes; at most {limit} were expected."
            return None, (_fault(DataFault.TOO_LARGE, key, uri, message, "Split or sample it."),)
        found = scan(files.chunks(uri), base.limits.schema, base.limits.max_tokens, limit)
    except NOT_USABLE as exc:
        return None, (
            _fault(DataFault.UNREADABLE, key, uri, f"This cannot be read: {exc}", "Check the path."),
        )
    return found, problems_of(found, key, base.limits.schema)


def _fault(fault: DataFault, key: str, uri: str, message: str, advice: str) -> Problem:
    return Problem(fault.value, "error", key, shown(uri), message, advice, AWS_PREPARE)


def check_setting(
    reading: Reading, base: BaseModel | None, data: DataAnswer, seen: BaseModelFacts | None
) -> tuple[Problem, ...]:
    """Every rule over hyperparameters, size of the data and thresholds; without a base, names alone."""
    thresholds = check_thresholds(reading, base)
    if base is None:
        return (*judge_names(reading.hyperparameters), *thresholds)
    return (*judge_setting(setting_of(reading, base, data, seen)), *thresholds)


def setting_of(reading: Reading, base: BaseModel, data: DataAnswer, seen: BaseModelFacts | None) -> Setting:
    """What the rules look at, and what is estimated from."""
    values = reading.hyperparameters
    records = data.training.records if data.training and data.training.whole else None
    beside = data.validation.records if data.validation else None if data.given else 0
    splits = records is not None and not data.given and worth_splitting(records, base.limits)
    return Setting(base, values, records, beside, splits, batch_of(base, values, seen))


def check_thresholds(reading: Reading, base: BaseModel | None) -> tuple[Problem, ...]:
    """Overrides of the threshold pack: every key known, every value in its range."""
    given = reading.config.monitoring.thresholds if reading.config else {}
    changed = override(pack_for(base.family if base else ""), given)
    return tuple(_threshold(problem) for problem in changed) if isinstance(changed, list) else ()


def _threshold(problem: ThresholdProblem) -> Problem:
    key = f"monitoring.thresholds.{problem.key[:SHOWN]}"
    message = f"This was expected: {problem.expected}."
    return Problem("TH001", "error", key, problem.given[:SHOWN], message, "", OURS)
