"""The first state of every machine: everything that can be known before a cent is spent, told at once.

IAM is the boundary and this only explains (docs/architecture.md, "What must always hold"): that a bucket or a
role is ours is checked here so that a person reads a sentence in place of an AccessDenied.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.access.places import Deployment
from finetune_guard.core.access.settings import STACK, judge_buckets, judge_reach
from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.config_keys import OUTPUT, TRAINING, VALIDATION
from finetune_guard.core.config_text import shown
from finetune_guard.core.decisions import Mode
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.names import run_id
from finetune_guard.core.resuming import run_to_resume
from finetune_guard.core.runs import Problem, Run, Source
from finetune_guard.core.s3_location import bucket_of
from finetune_guard.ports import Buckets, Clock, DatasetFiles, Quotas, RolePolicies, RunStore, TrainingJobs
from finetune_guard.usecases.access import AccessTools, Request, check_access
from finetune_guard.usecases.account_quotas import as_account_may
from finetune_guard.usecases.check_data import NOT_USABLE, DataAnswer, check_data
from finetune_guard.usecases.checks import check_base, check_setting, settled
from finetune_guard.usecases.estimates import foretell
from finetune_guard.usecases.knowledge import known_of
from finetune_guard.usecases.resume_run import Resumption, resume_run


@dataclass(frozen=True, slots=True)
class Asked:
    """What an execution was started with.

    Attributes:
        document: The config, JSON text or the object that it is; or {"resume": a run's id}.
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
        quotas: Knows what the account may use; None leaves the catalogue's limits.
    """

    files: DatasetFiles
    buckets: Buckets
    roles: RolePolicies
    jobs: TrainingJobs
    store: RunStore
    clock: Clock
    region: str
    account: str
    bucket: str
    data_buckets: tuple[str, ...]
    role_arns: tuple[str, ...]
    quotas: Quotas | None = None

    @property
    def stack(self) -> Deployment:
        """What the stack may use."""
        return Deployment(self.region, self.account, (self.bucket, *self.data_buckets), self.role_arns)

    @property
    def access(self) -> AccessTools:
        """Whom to ask about places, roles and room."""
        return AccessTools(self.buckets, self.roles, self.jobs, self.store, self.stack, self.region)


def preflight(asked: Asked, tools: PreflightTools) -> Run:
    """Checks a config and records its run, with whatever is wrong with it; or takes up a run again.

    A user's fault is a problem of the run, never an exception; the same execution asked again gets the run
    that it has.

    Raises:
        ServiceUnavailableError: A service did not answer; ask again.
    """
    wanted = run_to_resume(asked.document)
    if wanted is not None:
        taken_up = Resumption(wanted, asked.mode, asked.execution_arn, asked.started_at)
        return resume_run(taken_up, tools.store, tools.clock)
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
    listed = check_base(reading, tools.clock.now(), tools.region, tools.jobs)
    answer = as_account_may(listed, tools.quotas)
    paths = {key: reading.path(key) for key in (TRAINING, VALIDATION, OUTPUT)}
    places = (*judge_reach(paths), *judge_buckets(paths, tools.stack))
    usable = None if any(problem.key in (TRAINING, VALIDATION) for problem in places) else tools.files
    data = check_data(reading, answer.base, usable)
    access = check_access(Request(reading, answer.base, data.sources, answer.room), tools.access)
    found = (*answer.problems, *reading.problems, *judge_reach(paths), *access, *data.problems)
    setting = _of_setting(asked, reading, answer.base, data, tools)
    return settled((*found, *setting, *_output(reading, tools)), reading), data.sources


def _of_setting(
    asked: Asked, reading: Reading, base: BaseModel | None, data: DataAnswer, tools: PreflightTools
) -> tuple[Problem, ...]:
    if base is None:
        return check_setting(reading, None, data, None)
    seen = known_of(base.model_id, tools.store)
    foretold = foretell(reading, base, data, seen, asked.mode)
    return (*check_setting(reading, base, data, seen), *foretold.problems)


def _output(reading: Reading, tools: PreflightTools) -> Iterator[Problem]:
    path = reading.path(OUTPUT)
    if bucket_of(path) not in tools.stack.buckets:
        return
    try:
        tools.files.writable(path)
    except NOT_USABLE as exc:
        advice = f"Use s3://{tools.bucket}/output/, or mend the permissions."
        yield Problem("AC005", "error", OUTPUT, shown(path), f"This cannot be written: {exc}", advice, STACK)
