"""The record of a run: what the table holds and every decision is made from."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.decisions import DatedDecision, Mode, RunStatus
from finetune_guard.core.jobs import SCHEMA_VERSION, JobRecord
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.plans import Plan, Stage


@dataclass(frozen=True, slots=True)
class Wait:
    """What a run waits on: one task token.

    Attributes:
        number: Rises with each wait, so that an old token is never mistaken for the stored one.
        token: The Step Functions task token; a secret, never logged.
        since: When it was stored.
        jobs: How many jobs it waits for.
    """

    number: int
    token: str
    since: datetime
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a run from starting, or that a person should know before it does.

    Attributes:
        code: Stable, such as "HP002".
        severity: error refuses, warning and info do not.
        key: Dotted path of the config key, or "" for the whole.
        given: What was given, shortened; never a record's text.
        message: One sentence: what is wrong and what was expected.
        suggestion: The nearest thing that is accepted, or "".
        source: Where the rule is from.
    """

    code: str
    severity: str
    key: str
    given: str
    message: str
    suggestion: str
    source: str


@dataclass(frozen=True, slots=True)
class Source:
    """A data file as pre-flight checked it; whatever is trained on it must still be this.

    Attributes:
        key: The config key that names it.
        file: As it was found.
    """

    key: str
    file: FileFacts


@dataclass(frozen=True, slots=True)
class Run:
    """One user request, from config to report.

    Attributes:
        run_id: Names the run.
        mode: Which machine carries it.
        config: The config as it was given, canonical JSON.
        job_name: The user's name for it.
        execution_arn: The execution that carries it.
        started_at: When the execution started.
        problems: What preflight found; an error among them refuses the run.
        sources: The data files that preflight read, each in the version that it read.
        plan: What it will do; None before the plan is made, and in a refused run.
        decisions: Every decision, oldest first.
        waits: How many waits there have been.
        wait: The wait it is in; None between waits.
        status: Where it is.
        ended_at: When it ended.
        aborted: Whether its execution was ended by a person or timed out.
        report_uri: S3 URI of the report, once written.
        version: Rises with each write of the run's own item.
        jobs: Its jobs, in order of their keys; not part of the run's own item.
    """

    run_id: str
    mode: Mode
    config: str
    job_name: str
    execution_arn: str
    started_at: datetime
    problems: tuple[Problem, ...] = ()
    sources: tuple[Source, ...] = ()
    plan: Plan | None = None
    decisions: tuple[DatedDecision, ...] = ()
    waits: int = 0
    wait: Wait | None = None
    status: RunStatus = RunStatus.RUNNING
    ended_at: datetime | None = None
    aborted: bool = False
    report_uri: str = ""
    version: int = 0
    schema_version: int = SCHEMA_VERSION
    jobs: tuple[JobRecord, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status is not RunStatus.RUNNING

    @property
    def open_jobs(self) -> tuple[JobRecord, ...]:
        """Jobs that are not closed."""
        return tuple(job for job in self.jobs if not job.closed)

    def of(self, stage: Stage) -> tuple[JobRecord, ...]:
        """The jobs of a stage, by candidate and attempt."""
        return tuple(sorted((job for job in self.jobs if job.key.stage is stage), key=lambda job: job.key))
