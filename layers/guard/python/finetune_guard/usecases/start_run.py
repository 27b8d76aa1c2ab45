"""Starts a run from a terminal: uploads local data, then starts the machine with the config."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from finetune_guard.core import wire
from finetune_guard.core.config_keys import TRAINING, VALIDATION
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.names import run_id, slug
from finetune_guard.core.wire import JsonValue
from finetune_guard.ports import Clock, DatasetFiles, Workflow

#: Keys of the config that may name a file on this machine.
DATA_KEYS = (TRAINING, VALIDATION)
#: Step Functions takes an execution name of 80 characters; the time takes 23 of them.
LONGEST_NAME = 80
#: The characters of an S3 key that Bedrock's S3 URI pattern takes as well (docs/bedrock.md, 1.1).
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")

Document = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class StartTools:
    """What starting a run needs of the world."""

    files: DatasetFiles
    workflow: Workflow
    clock: Clock


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on this machine that the run needs on S3.

    Attributes:
        key: The config key that names it.
        path: Where it is.
        size: Bytes.
    """

    key: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Started:
    """A run that has been started."""

    run_id: str
    execution_arn: str


Progress = Callable[[Upload, int], None]


def with_orders(
    document: Document, steps: int | None = None, auto_stop: bool = False, accept: tuple[str, ...] = ()
) -> Document:
    """The config with what the command line orders; a section of the wrong type is left for validation.

    Args:
        document: The config.
        steps: Steps that the rehearsal aims at.
        auto_stop: Whether the watch may stop a job.
        accept: Codes of refusals that the person overrules; added to those of the config.
    """
    changed = dict(document)
    if steps is not None:
        _order(changed, "rehearsal", "steps", steps)
    if auto_stop:
        _order(changed, "monitoring", "auto_stop", "on")
    given = document.get("accept") or []
    if accept and isinstance(given, list):
        changed["accept"] = [*given, *(code for code in dict.fromkeys(accept) if code not in given)]
    return changed


def _order(document: Document, section: str, key: str, value: JsonValue) -> None:
    given = document.get(section) or {}
    if isinstance(given, dict):
        document[section] = {**given, key: value}


def uploads(document: Document, files: DatasetFiles) -> tuple[Upload, ...]:
    """The local files that the config names.

    Raises:
        NotFoundError: One of them is not there.
    """
    paths = [(key, document.get(key)) for key in DATA_KEYS]
    local = [(key, path) for key, path in paths if isinstance(path, str) and _is_local(path)]
    return tuple(Upload(key, path, files.facts(path).size) for key, path in local)


def _is_local(path: str) -> bool:
    return bool(path.strip()) and "://" not in path


def upload(document: Document, bucket: str, files: DatasetFiles, progress: Progress) -> Document:
    """The config with its local files on S3, under a key that the content decides.

    Args:
        document: The config.
        bucket: The stack's bucket.
        files: Reads and writes them.
        progress: Told of the bytes of a file that were sent; the same content is not sent again.

    Raises:
        NotFoundError: A file or the bucket is not there.
        AccessRefusedError: The caller may not read or write.
    """
    changed = dict(document)
    for wanted in uploads(document, files):
        uri = f"s3://{bucket}/{upload_key(wanted.path, files.chunks(wanted.path))}"
        if not _there(uri, wanted.size, files):
            files.write(uri, _told(wanted, files.chunks(wanted.path), progress))
        progress(wanted, wanted.size)
        changed[wanted.key] = uri
    return changed


def upload_key(path: str, chunks: Iterable[bytes]) -> str:
    """Where a local file goes in the bucket: uploads/<16 hexadecimal digits of its content>/<its name>."""
    content = hashlib.sha256()
    for chunk in chunks:
        content.update(chunk)
    name = _UNFIT.sub("-", PurePath(path).name)[-80:].strip("-") or "data.jsonl"
    return f"uploads/{content.hexdigest()[:16]}/{name}"


def _there(uri: str, size: int, files: DatasetFiles) -> bool:
    try:
        return files.facts(uri).size == size
    except NotFoundError:
        return False


def _told(wanted: Upload, chunks: Iterable[bytes], progress: Progress) -> Iterator[bytes]:
    sent = 0
    for chunk in chunks:
        yield chunk
        sent += len(chunk)
        progress(wanted, sent)


def execution_name(job_name: str, now: datetime) -> str:
    """Legal, readable and new each time: the job's name and the time to the microsecond."""
    time = f"{now:%Y%m%d-%H%M%S-%f}"
    return f"{slug(job_name, LONGEST_NAME - len(time) - 1)}-{time}"


def start_run(document: Document, job_name: str, machine_arn: str, tools: StartTools) -> Started:
    """Starts the machine; the run is then the stack's own business, whoever follows it.

    Args:
        document: The config, with every path on S3.
        job_name: The run's name as pre-flight will read it; its id is derived from it.
        machine_arn: Which machine.
        tools: What it needs of the world.

    Raises:
        NotFoundError: There is no such machine.
        AccessRefusedError: The caller may not start it.
        NameTakenError: The same job was started in the same microsecond.
    """
    name = execution_name(job_name, tools.clock.now())
    arn = tools.workflow.start(machine_arn, name, wire.dumps(document))
    return Started(run_id(job_name, arn), arn)
