"""The first state of every machine: everything that can be known before a cent is spent, told at once.

IAM is the boundary and this only explains (docs/architecture.md, "What must always hold"): that a bucket or a
role is ours is checked here so that a person reads a sentence in place of an AccessDenied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.config_text import shown
from finetune_guard.core.config_values import ROLE_ARN
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.names import run_id
from finetune_guard.core.runs import Problem, Run, Source
from finetune_guard.ports import Clock, DatasetFiles, RunStore, TrainingJobs
from finetune_guard.usecases.checks import (
    NOT_USABLE,
    TRAINING,
    VALIDATION,
    DataAnswer,
    check_base,
    check_budget,
    check_data,
    check_setting,
    ordered,
)

OUTPUT = "output_data_path"
STACK = "this stack's settings"
AWS_ROLE = "AWS, model-customization-iam-role"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an execution was started with.

    Attributes:
        document: The config: JSON text, or the object that it is.
        mode: Which machine it is.
        execution_arn: Names the run.
        started_at: When the execution started.
    """

    document: object
    mode: Mode
    execution_arn: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class PreflightTools:
    """What pre-flight needs of the world.

    Attributes:
        region, account: Where the stack is.
        bucket: The stack's own.
        data_buckets: Others that the stack may use.
        role_arns: Roles that may be passed to Bedrock; the stack's own first.
    """

    files: DatasetFiles
    jobs: TrainingJobs
    store: RunStore
    clock: Clock
    region: str
    account: str
    bucket: str
    data_buckets: tuple[str, ...]
    role_arns: tuple[str, ...]


def preflight(asked: Asked, tools: PreflightTools) -> Run:
    """Checks a config and records its run, with whatever is wrong with it.

    A user's fault is a problem of the run, never an exception; the same execution asked again gets the run
    that it has.

    Raises:
        ServiceUnavailableError: A service did not answer; ask again.
    """
    reading = examine_config(asked.document)
    name = run_id(reading.job_name, asked.execution_arn)
    try:
        return tools.store.run(name)
    except NotFoundError:
        problems, sources = _checked(asked, reading, tools)
        return tools.store.add_run(_run(name, asked, reading, problems, sources))


def _run(
    name: str, asked: Asked, reading: Reading, problems: tuple[Problem, ...], sources: tuple[Source, ...]
) -> Run:
    return Run(
        run_id=name,
        mode=asked.mode,
        config=reading.as_json(),
        job_name=reading.job_name,
        execution_arn=asked.execution_arn,
        started_at=asked.started_at,
        problems=problems,
        sources=sources,
    )


def _checked(
    asked: Asked, reading: Reading, tools: PreflightTools
) -> tuple[tuple[Problem, ...], tuple[Source, ...]]:
    """Everything that is wrong, and the data files that were read."""
    answer = check_base(reading, tools.clock.now(), tools.region, tools.jobs)
    places = tuple(_places(reading, tools))
    usable = None if any(problem.key in (TRAINING, VALIDATION) for problem in places) else tools.files
    data = check_data(reading, answer.base, usable)
    found = (*reading.problems, *answer.problems, *places, *_role(reading, tools), *data.problems)
    setting = _of_setting(asked, reading, answer.base, data, tools)
    return ordered((*found, *setting, *_output(reading, tools))), data.sources


def _of_setting(
    asked: Asked, reading: Reading, base: BaseModel | None, data: DataAnswer, tools: PreflightTools
) -> tuple[Problem, ...]:
    if base is None:
        return check_setting(reading, None, data, None)
    seen = tools.store.base_model(base.model_id)
    return (*check_setting(reading, base, data, seen), *check_budget(reading, base, data, asked.mode))


def _places(reading: Reading, tools: PreflightTools) -> Iterator[Problem]:
    """Data must be on S3, in a bucket that the stack may use."""
    for key in (TRAINING, VALIDATION, OUTPUT):
        path = reading.path(key)
        if path and "://" not in path:
            message = "This is a path on your machine, which the stack cannot reach."
            advice = "Start the run with the CLI, which uploads it, or give an s3:// URI."
            yield Problem("AC001", "error", key, shown(path), message, advice, STACK)
        elif path and _bucket(path) not in (tools.bucket, *tools.data_buckets):
            message = f"The stack may not use the bucket {_bucket(path)}."
            advice = f"Use {tools.bucket}, or add the bucket to the setting dataBuckets and deploy."
            yield Problem("AC002", "error", key, shown(path), message, advice, STACK)


def _bucket(uri: str) -> str:
    return uri.removeprefix("s3://").partition("/")[0]


def _role(reading: Reading, tools: PreflightTools) -> Iterator[Problem]:
    """A role given must be of this account (the service refuses others) and one that may be passed."""
    role = reading.config.role_arn if reading.config else None
    match = ROLE_ARN.fullmatch(role) if role else None
    if role is None or match is None:
        return
    if match.group(2) != tools.account:
        message = f"The role is of the account {match.group(2)}; Bedrock takes one of {tools.account} only."
        yield Problem("AC003", "error", "role_arn", shown(role), message, "Leave it out.", AWS_ROLE)
    elif role not in tools.role_arns:
        message = "The stack may not pass this role."
        advice = "Leave it out for the stack's own, or add it to the setting bedrockRoleArns and deploy."
        yield Problem("AC004", "error", "role_arn", shown(role), message, advice, STACK)


def _output(reading: Reading, tools: PreflightTools) -> Iterator[Problem]:
    path = reading.path(OUTPUT)
    if not path or _bucket(path) not in (tools.bucket, *tools.data_buckets):
        return
    try:
        tools.files.writable(path)
    except NOT_USABLE as exc:
        advice = f"Use s3://{tools.bucket}/output/, or mend the permissions."
        yield Problem("AC005", "error", OUTPUT, shown(path), f"This cannot be written: {exc}", advice, STACK)
