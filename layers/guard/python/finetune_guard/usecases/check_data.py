"""Reads the data of a config whole, once, and tells every fault in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from finetune_guard.core.access.objects import unreadable
from finetune_guard.core.access.versions import changed_while_read
from finetune_guard.core.config import Reading
from finetune_guard.core.config_keys import TRAINING, VALIDATION
from finetune_guard.core.config_text import shown
from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.fingerprints import Fingerprints
from finetune_guard.core.datasets.problems import problem_of, problems_of
from finetune_guard.core.datasets.record_rules import RecordRules, rules_of
from finetune_guard.core.datasets.records import Scan, scan
from finetune_guard.core.datasets.repetition import leakage, repetition
from finetune_guard.core.errors import (
    AccessRefusedError,
    InvalidInputError,
    NotFoundError,
    NotSignedInError,
    RequestRejectedError,
    StaleRecordError,
)
from finetune_guard.core.hyperparameters.base_model import TEXT_SCHEMAS, BaseModel
from finetune_guard.core.runs import Problem, Source
from finetune_guard.core.s3_location import SCHEME, key_of
from finetune_guard.ports import DatasetFiles
from finetune_guard.usecases.versions import PinnedFiles

#: Largest file that is read, whatever the base takes: a pass over 2 GiB takes 85 s at the 25 MB/s measured on
#: one busy core, and a plan makes up to four in the 15 minutes that a function has.
READ_LIMIT = 2 << 30

#: What a file, a bucket or a path may answer with for which its user is to blame.
NOT_USABLE = (NotFoundError, AccessRefusedError, RequestRejectedError, InvalidInputError)

#: Nova's user guide: names of letters, digits, underscores, hyphens, slashes and dots.
_NOVA_NAME = re.compile(r"[\w\-/.]+", re.ASCII)


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


@dataclass(frozen=True, slots=True)
class _File:
    """One of the two files: what is asked of it, and what was found."""

    key: str
    uri: str
    rules: RecordRules
    max_bytes: int | None
    kept: Fingerprints
    found: Scan | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def compared(self) -> int | None:
        """How many records were compared, where there are more."""
        return len(self.kept) if self.kept.full else None


def check_data(reading: Reading, base: BaseModel | None, files: DatasetFiles | None) -> DataAnswer:
    """Reads both files whole, once, each in one version, and tells every fault in them.

    Raises:
        NotSignedInError: A file is on S3, and there are no credentials to read it with.
    """
    given = bool(reading.path(VALIDATION))
    if files is None or base is None or base.limits.schema not in TEXT_SCHEMAS:
        return DataAnswer(given=given)
    pinned = PinnedFiles(files)
    training = _scanned(_training(reading, base), pinned)
    repeated = repetition(training.kept, nova=base.family.startswith("amazon-nova"))
    training.kept.forget_places()
    validation = _scanned(_validation(reading, base), pinned)
    problems = (
        *training.problems,
        *problems_of(repeated, TRAINING, training.rules, training.compared),
        *validation.problems,
        *_leaked(training, validation),
        *(_unused(base) if given else ()),
    )
    sources = pinned.sources({key: reading.path(key) for key in (TRAINING, VALIDATION)})
    return DataAnswer(training.found, validation.found, given, sources, problems)


def _training(reading: Reading, base: BaseModel) -> _File:
    limits, uri = base.limits, reading.path(TRAINING)
    kept = Fingerprints(limits.max_records or limits.max_sum)
    return _File(TRAINING, uri, rules_of(base, uri), limits.max_bytes, kept)


def _validation(reading: Reading, base: BaseModel) -> _File:
    limits, uri = base.limits, reading.path(VALIDATION)
    kept = Fingerprints(limits.max_validation or limits.max_sum)
    return _File(VALIDATION, uri, rules_of(base, uri), limits.max_validation_bytes, kept)


def _leaked(training: _File, validation: _File) -> tuple[Problem, ...]:
    found = leakage(training.kept, validation.kept)
    return problems_of(found, VALIDATION, validation.rules, training.compared or validation.compared)


def _unused(base: BaseModel) -> Iterator[Problem]:
    if not base.limits.validation:
        yield problem_of(DataFault.UNUSED, VALIDATION, "a file", {"base": base.model_id})


def _scanned(file: _File, files: PinnedFiles) -> _File:
    """The file, read."""
    if not file.uri:
        return file
    wrong = _misnamed(file)
    if wrong:
        return replace(file, problems=(wrong,))
    try:
        size = files.facts(file.uri).size
        wrong = _too_large(file, size)
        if wrong:
            return replace(file, problems=(wrong,))
        limit = min(file.max_bytes or READ_LIMIT, READ_LIMIT)
        found = scan(files.chunks(file.uri), file.rules, limit, file.kept)
    except StaleRecordError:
        return replace(file, problems=(changed_while_read(file.key, file.uri),))
    except NotSignedInError:
        raise
    except NOT_USABLE as exc:
        return replace(file, problems=(unreadable(file.key, file.uri, exc, files.known(file.uri)),))
    return replace(file, found=found, problems=problems_of(found.faults, file.key, file.rules))


def _misnamed(file: _File) -> Problem | None:
    if file.uri.endswith("/"):
        return _fault(DataFault.DIRECTORY, file)
    if file.rules.media and file.rules.media.same_bucket and not _NOVA_NAME.fullmatch(_below(file.uri)):
        return _fault(DataFault.FILE_NAME, file)
    return None


def _below(uri: str) -> str:
    """The key of an S3 URI; "x" for a file of this machine, which is named when it is uploaded."""
    return key_of(uri) if uri.startswith(SCHEME) else "x"


def _too_large(file: _File, size: int) -> Problem | None:
    if file.max_bytes is not None and size > file.max_bytes:
        return _fault(DataFault.TOO_LARGE, file, size=f"{size}", most=f"{file.max_bytes}")
    if size > READ_LIMIT:
        return _fault(DataFault.BEYOND_READING, file, size=f"{size}", most=f"{READ_LIMIT}")
    return None


def _fault(fault: DataFault, file: _File, **words: str) -> Problem:
    return problem_of(fault, file.key, shown(file.uri), words)
