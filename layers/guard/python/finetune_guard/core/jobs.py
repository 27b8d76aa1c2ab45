"""The record of a job: what the table holds and every judgement is made from."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from finetune_guard.core.curve_seen import CurveSeen
from finetune_guard.core.findings import Finding
from finetune_guard.core.job_request import JobRequest, WatchOrders
from finetune_guard.core.names import JobKey
from finetune_guard.core.plans import Stage
from finetune_guard.core.verdict import Evidence, VerdictKind

SCHEMA_VERSION = 1

#: A record keeps this many findings; all of them are in the report (a DynamoDB item holds 400 KB).
MOST_FINDINGS = 20


class JobStatus(StrEnum):
    """Where a job is; three are ours: INTENDED (no answer yet), REFUSED (Create said no), LOST (gone)."""

    INTENDED = "Intended"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    FAILED = "Failed"
    REFUSED = "Refused"
    LOST = "Lost"


TERMINAL = frozenset(
    {JobStatus.STOPPED, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.REFUSED, JobStatus.LOST}
)


class PhaseStatus(StrEnum):
    """Status of one phase of a job; OTHER stands for what this version does not know."""

    NOT_STARTED = "NotStarted"
    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    FAILED = "Failed"
    OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase with the service's own timestamps (UTC; None where not told)."""

    status: PhaseStatus
    started: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Phases:
    """The three phases of `statusDetails`; None where the service does not tell."""

    validation: Phase | None = None
    data_processing: Phase | None = None
    training: Phase | None = None


@dataclass(frozen=True, slots=True)
class FileSighting:
    """A metric file as a tick saw it: the evidence for or against live metrics."""

    key: str
    etag: str
    size: int
    last_modified: datetime
    job_status: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """What the input manifest says of the records."""

    total: int
    accepted: int
    partially_accepted: int
    rejected: int


class StopReason(StrEnum):
    """Who or what wants a job stopped."""

    FINDING = "finding"
    MAX_HOURS = "max_hours"
    PERSON = "person"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class StopOrder:
    """A stop: decided, then called, then confirmed by Get.

    Attributes:
        reason: Who or what wants it.
        sentence: Why, for a person, with the evidence.
        decided_at: When it was written down; the call comes after.
        called_at: When Stop was last called.
        confirmed_at: When Get said Stopped, or that the job had ended otherwise.
        outcome: The status found at confirmation.
    """

    reason: StopReason
    sentence: str
    decided_at: datetime
    called_at: datetime | None = None
    confirmed_at: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class HeldStop:
    """A stop for a finding that the breaker held back (core/breaker.py).

    Attributes:
        sentence: What the job was to be stopped for.
        stops: Stops for findings in the hour before, in the whole stack; 0 where they could not be read.
        since: When it was first held back.
        until: When the next such stop was possible, as seen at the last look that held it back.
    """

    sentence: str
    stops: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One Bedrock customization job of a run.

    Attributes:
        key: Names the job.
        request: What Create is called with; written before the call (the intent).
        orders: What the watch needs to know.
        throw_away: Whether the model is deleted when it is no longer needed.
        intended_at: When the intent was written.
        arn: The service's name for the job, after Create.
        status: Where the job is.
        phases: The service's phases.
        created_at, last_modified, ended_at: The service's own times.
        failure: The service's failureMessage, verbatim; may quote a record, so mails and logs never carry it.
        model_arn: The custom model, when there is one.
        counts: The manifest's counts, once seen.
        sightings: Metric files as last seen, and the first sighting of each.
        seen: What the curve showed.
        verdict: What the curve is; None before the first judgement.
        too_hot: Whether a rehearsal says that the learning rate is too high.
        verdict_reason: The verdict's sentence.
        evidence: What was visible.
        findings: At most MOST_FINDINGS, most severe first.
        findings_total: How many there were.
        stop: The stop order, if any.
        shadow_stop: The sentence of the stop that an armed policy would have made.
        settled_reads: Looks in a row, after the job ended, that found the files unchanged.
        missing_reads: Looks in a row that found no such job; three make it LOST.
        closed: Terminal and judged; the watch is done with it.
        ticked_at: When a tick last judged it.
        model_deleted_at: When a throw-away model was deleted.
        version: Rises with each write; writes are conditional on it.
        held: The stop that the breaker held back, if ever; kept when it is made later.
        would_stop_step: Step at which an armed watch, shown the final curve point by point, would have
            stopped the job; None where it would not have, and before the curve is final.
        shadow_right: Whether the job with a `shadow_stop` had diverged at its end; None while or where that
            is not known.
        end_seen_at: When a look first found the job ended, by the watch's own clock; its files are waited
            for from then on.
    """

    key: JobKey
    request: JobRequest
    orders: WatchOrders
    throw_away: bool
    intended_at: datetime
    arn: str | None = None
    status: JobStatus = JobStatus.INTENDED
    phases: Phases = Phases()
    created_at: datetime | None = None
    last_modified: datetime | None = None
    ended_at: datetime | None = None
    failure: str = ""
    model_arn: str | None = None
    counts: RecordCounts | None = None
    sightings: tuple[FileSighting, ...] = ()
    seen: CurveSeen = field(default_factory=CurveSeen)
    verdict: VerdictKind | None = None
    too_hot: bool = False
    verdict_reason: str = ""
    evidence: Evidence = Evidence.NOTHING_YET
    findings: tuple[Finding, ...] = ()
    findings_total: int = 0
    stop: StopOrder | None = None
    shadow_stop: str = ""
    settled_reads: int = 0
    missing_reads: int = 0
    closed: bool = False
    ticked_at: datetime | None = None
    model_deleted_at: datetime | None = None
    version: int = 0
    schema_version: int = SCHEMA_VERSION
    held: HeldStop | None = None
    would_stop_step: int | None = None
    shadow_right: bool | None = None
    end_seen_at: datetime | None = None

    @property
    def terminal(self) -> bool:
        """Whether the service is done with the job."""
        return self.status in TERMINAL

    @property
    def rehearsal(self) -> bool:
        """Whether the curve is judged as a rehearsal's."""
        return self.key.stage is Stage.REHEARSAL

    @property
    def model(self) -> str:
        """ARN of its model; "" where there is none, or none any more."""
        return "" if self.model_deleted_at else self.model_arn or ""

    @property
    def stopped_for_its_curve(self) -> bool:
        """Whether a finding stopped it: that is an answer, not an accident."""
        return (
            self.status is JobStatus.STOPPED
            and self.stop is not None
            and self.stop.reason is StopReason.FINDING
        )

    @property
    def identifier(self) -> str:
        """What the service is asked for: the ARN, or before it is known the name."""
        return self.arn or self.request.job_name
