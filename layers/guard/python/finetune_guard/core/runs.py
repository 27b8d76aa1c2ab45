"""The record of a run: what the table holds and every decision is made from."""

from dataclasses import dataclass
from datetime import datetime

from finetune_guard.core.decisions import DatedDecision, Mode, Reply, RunStatus
from finetune_guard.core.jobs import SCHEMA_VERSION, JobRecord, JobStatus
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
class Question:
    """Something that only a person can decide, and the answer once there is one.

    Attributes:
        about: The job that raised it, by its short key.
        sentence: What is asked and why.
        asked_at: When it was written down.
        until: When the default is taken.
        default: What is done when nobody answers.
        reply: The answer; None while there is none.
        replied_at: When a person gave it.
    """

    about: str
    sentence: str
    asked_at: datetime
    until: datetime
    default: Reply
    reply: Reply | None = None
    replied_at: datetime | None = None


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
        report_uri: S3 URI of the report, once it is written and the mail that names it is recorded.
        version: Rises with each write of the run's own item.
        jobs: Its jobs, in order of their keys; not part of the run's own item.
        attempt: How often a person has resumed it.
        executions: ARNs of the executions that carried it before, oldest first.
        questions: What persons were asked, oldest first.
        kept: Short key of the job whose model is the run's result; "" while there is none.
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
    attempt: int = 0
    executions: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    kept: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status is not RunStatus.RUNNING

    @property
    def told(self) -> bool:
        """Whether its end has been reported and its mail recorded: nobody has to look at it any more."""
        return self.ended and bool(self.report_uri)

    @property
    def open_jobs(self) -> tuple[JobRecord, ...]:
        """Jobs that are not closed."""
        return tuple(job for job in self.jobs if not job.closed)

    def of(self, stage: Stage) -> tuple[JobRecord, ...]:
        """The jobs of a stage, by segment, candidate and attempt."""
        found = (job for job in self.jobs if job.key.stage is stage)
        return tuple(sorted(found, key=lambda job: job.key.place))

    def standing(self, stage: Stage, segment: int = 0) -> tuple[JobRecord, ...]:
        """The jobs that count, by candidate: of each the last attempt, unless a resume is to try it again."""
        last = {job.key.candidate: job for job in self.of(stage) if job.key.segment == segment}
        return tuple(job for job in last.values() if not self._again(job))

    def _again(self, job: JobRecord) -> bool:
        """Whether the job came to nothing before the run was resumed; a stop for its curve stands.

        So does what the run has gone beyond: the rate of a run that trains is not chosen anew.
        """
        in_vain = job.closed and job.status is not JobStatus.COMPLETED and not job.stopped_for_its_curve
        if not in_vain or job.key.attempt >= self.attempt:
            return False
        return all(other.key.part_place <= job.key.part_place for other in self.jobs)

    def asked(self, about: str) -> Question | None:
        """The question that a job raised; None where none was asked."""
        return next((question for question in self.questions if question.about == about), None)

    @property
    def kept_job(self) -> JobRecord | None:
        """The job whose model is the result; None while there is none."""
        return next((job for job in self.jobs if job.key.short == self.kept), None)
