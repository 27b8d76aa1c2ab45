"""The checks that pre-flight in the machine and `validate` at the terminal share."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.access.objects import unreadable
from finetune_guard.core.access.versions import changed_while_read
from finetune_guard.core.config import Reading
from finetune_guard.core.config_text import OURS, SHOWN, shown
from finetune_guard.core.cost import CostRange, cost_of, price_source
from finetune_guard.core.datasets.faults import AWS_PREPARE, DataFault
from finetune_guard.core.datasets.problems import problems_of
from finetune_guard.core.datasets.records import Scan, scan
from finetune_guard.core.datasets.splitting import worth_splitting
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import (
    AccessRefusedError,
    InvalidInputError,
    NotFoundError,
    NotSignedInError,
    RequestRejectedError,
    ServiceError,
    StaleRecordError,
)
from finetune_guard.core.hyperparameters.base_model import TEXT_SCHEMAS, BaseModel
from finetune_guard.core.hyperparameters.bases import BaseAnswer, judge_base
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.hyperparameters.rules import judge_names, judge_setting
from finetune_guard.core.hyperparameters.steps import batch_of, epochs_of
from finetune_guard.core.observations import BaseModelFacts, FoundationModel
from finetune_guard.core.runs import Problem, Source
from finetune_guard.core.thresholds import ThresholdProblem, override, pack_for
from finetune_guard.ports import DatasetFiles, TrainingJobs
from finetune_guard.usecases.versions import PinnedFiles

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
        sources: The files that were read, each in the one version that was.
        problems: Everything found wrong.
    """

    training: Scan | None = None
    validation: Scan | None = None
    given: bool = False
    sources: tuple[Source, ...] = ()
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
    """Reads both files whole, once, each in one version, and tells every fault in them.

    Raises:
        NotSignedInError: A file is on S3, and there are no credentials to read it with.
    """
    given = bool(reading.path(VALIDATION))
    if files is None or base is None or base.limits.schema not in TEXT_SCHEMAS:
        return DataAnswer(given=given)
    pinned = PinnedFiles(files)
    training, problems = _scanned(reading.path(TRAINING), TRAINING, base, pinned)
    validation, more = _scanned(reading.path(VALIDATION), VALIDATION, base, pinned)
    sources = pinned.sources({key: reading.path(key) for key in (TRAINING, VALIDATION)})
    return DataAnswer(training, validation, given, sources, (*problems, *more, *_unused(given, base)))


def _unused(given: bool, base: BaseModel) -> tuple[Problem, ...]:
    if not given or base.limits.validation:
        return ()
    message = f"{base.model_id} takes no validation file in fine-tuning; it is not sent."
    advice = f"Leave {VALIDATION} out."
    return (Problem("DS008", "warning", VALIDATION, "a file", message, advice, AWS_PREPARE),)


def _scanned(
    uri: str, key: str, base: BaseModel, files: PinnedFiles
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
    except StaleRecordError:
        return None, (changed_while_read(key, uri),)
    except NotSignedInError:
        raise
    except NOT_USABLE as exc:
        return None, (unreadable(key, uri, exc, files.known(uri)),)
    return found, problems_of(found, key, base.limits.schema)


def _fault(fault: DataFault, key: str, uri: str, message: str, advice: str) -> Problem:
    return Problem(fault.value, "error", key, shown(uri), message, advice, AWS_PREPARE)


def check_setting(
    reading: Reading, base: BaseModel | None, data: DataAnswer, seen: BaseModelFacts | None
) -> tuple[Problem, ...]:
    """Every rule over hyperparameters, size of the data and thresholds; without a base, names alone."""
    values = reading.hyperparameters
    thresholds = check_thresholds(reading, base)
    if base is None:
        return (*judge_names(values), *thresholds)
    records = data.training.records if data.training and data.training.whole else None
    beside = data.validation.records if data.validation else None if data.given else 0
    splits = records is not None and not data.given and worth_splitting(records, base.limits)
    setting = Setting(base, values, records, beside, splits, batch_of(base, values, seen))
    return (*judge_setting(setting), *thresholds)


def check_thresholds(reading: Reading, base: BaseModel | None) -> tuple[Problem, ...]:
    """Overrides of the threshold pack: every key known, every value in its range."""
    given = reading.config.monitoring.thresholds if reading.config else {}
    changed = override(pack_for(base.family if base else ""), given)
    return tuple(_threshold(problem) for problem in changed) if isinstance(changed, list) else ()


def _threshold(problem: ThresholdProblem) -> Problem:
    key = f"monitoring.thresholds.{problem.key[:SHOWN]}"
    message = f"This was expected: {problem.expected}."
    return Problem("TH001", "error", key, problem.given[:SHOWN], message, "", OURS)


def cost_of_full_run(reading: Reading, base: BaseModel, data: DataAnswer) -> CostRange | None:
    """What the full run costs; None where price or data are unknown."""
    if data.training is None:
        return None
    return cost_of(data.training.tokens, epochs_of(base, reading.hyperparameters), base.price)


def check_budget(reading: Reading, base: BaseModel, data: DataAnswer, mode: Mode) -> tuple[Problem, ...]:
    """A budget needs a price, and is refused when even the lowest estimate is above it."""
    budget = reading.config.budget_usd if reading.config else None
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
