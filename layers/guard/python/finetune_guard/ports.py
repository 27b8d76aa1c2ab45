"""What the use cases need of the world, as Protocols.

Adapters live in `aws`; the fakes that the tests use live in tests/fakes. Every implementation passes the same
contract suite (tests/contracts). All errors are of core.errors; unknown ones pass through.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from finetune_guard.core.access.places import BucketFacts
from finetune_guard.core.access.rights import Right, Ruling
from finetune_guard.core.alerts import Alert
from finetune_guard.core.jobs import JobRecord, JobRequest
from finetune_guard.core.observations import (
    AccountQuotas,
    BaseModelFacts,
    Control,
    Execution,
    FileFacts,
    FoundationModel,
    JobDescription,
    StoredFile,
)
from finetune_guard.core.runs import Run

__all__ = [
    "AccountQuotas",
    "Alerts",
    "BaseModelFacts",
    "Buckets",
    "Clock",
    "Control",
    "DatasetFiles",
    "Execution",
    "FileFacts",
    "FoundationModel",
    "JobDescription",
    "Journal",
    "MetricSource",
    "Quotas",
    "RolePolicies",
    "RunStore",
    "StoredFile",
    "TrainingJobs",
    "WatchBell",
    "Workflow",
]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present, UTC and aware."""


class TrainingJobs(Protocol):
    """Bedrock's customization jobs and the models they make."""

    def create(self, request: JobRequest) -> str:
        """Starts a job and returns its ARN; the same token again returns the same ARN.

        Raises:
            NameTakenError: Another job or model has the name.
            QuotaReachedError: No further job may be scheduled now.
            RequestRejectedError: The service finds the request invalid.
            AccessRefusedError: The caller may not create it, or may not pass the role.
            ServiceUnavailableError: Throttled or broken; the job may or may not exist.
        """

    def get(self, identifier: str) -> JobDescription:
        """Describes a job named by ARN, name or id.

        Raises:
            NotFoundError: There is no such job.
            ServiceError: Otherwise, as for create.
        """

    def stop(self, identifier: str) -> None:
        """Asks for a stop; confirmed only by `get`.

        Raises:
            NameTakenError: The job cannot be stopped in its state (the service's ConflictException).
            ServiceError: Otherwise, as for create.
        """

    def delete_model(self, model_arn: str) -> None:
        """Deletes a custom model; a model that is not there counts as deleted."""

    def base_models(self) -> tuple[FoundationModel, ...]:
        """The base models that can be fine-tuned in this region."""

    def in_progress(self) -> int:
        """How many jobs of this account and region are in progress, whoever created them."""


class Quotas(Protocol):
    """What the account may use of model customization."""

    def customization(self) -> AccountQuotas:
        """The quotas in force in this region, raised or lowered as they may be.

        Raises:
            ServiceError: They cannot be read; the catalogue's have to do.
        """


class MetricSource(Protocol):
    """The metric files that a job leaves, read only; never its validated prompts."""

    def files(self, output_uri: str, job_id: str) -> tuple[StoredFile, ...]:
        """Metric files and manifests under the job's output prefix; empty when there are none yet."""

    def read(self, output_uri: str, file: StoredFile) -> bytes:
        """One version of a file, whole.

        Raises:
            StaleRecordError: The file has changed since it was listed; list again.
            NotFoundError: It is gone.
        """


class Journal(Protocol):
    """Our own bucket: copies of metric files, metrics logs, samples, reports."""

    def keep(self, key: str, data: bytes, content_type: str) -> str:
        """Writes an object of ours, whole, and returns its S3 URI; the same key again overwrites."""

    def read(self, key: str) -> bytes:
        """An object of ours.

        Raises:
            NotFoundError: There is none.
        """


class DatasetFiles(Protocol):
    """Training and validation files, on S3 or on disk; named by s3:// URI or path."""

    def facts(self, uri: str) -> FileFacts:
        """Size and version.

        Raises:
            NotFoundError: No such file or bucket.
            AccessRefusedError: The caller may not read it.
        """

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """The content in chunks of at most 1 MiB, all of one version.

        Args:
            uri: Which file.
            pinned: The file as it was found; only that version is read. The present one where None.

        Raises:
            StaleRecordError: The file is another by now, or became one while it was read.
        """

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """Writes a file, whole or not at all."""

    def writable(self, uri: str) -> None:
        """Checks that a file could be written below `uri`, leaving nothing behind.

        Raises:
            NotFoundError: No such bucket or folder.
            AccessRefusedError: The caller may not write there.
        """


class Buckets(Protocol):
    """Buckets as S3 tells of them, also of those that the caller may not look into."""

    def facts(self, bucket: str, account: str | None) -> BucketFacts:
        """Where a bucket is and whether it may be looked at.

        Args:
            bucket: Its name.
            account: Whose it should be; None where nobody knows, and the owner is not told then.
        """


class RolePolicies(Protocol):
    """What IAM knows of a role."""

    def trust(self, role_arn: str) -> str:
        """The role's trust policy, JSON.

        Raises:
            NotFoundError: There is no such role.
            AccessRefusedError: The caller may not ask.
        """

    def rulings(
        self, role_arn: str, rights: Sequence[Right], context: Mapping[str, str]
    ) -> tuple[Ruling, ...]:
        """What the role's own policies say of each right.

        Args:
            role_arn: The role.
            rights: What it needs.
            context: What its calls would carry, by IAM condition key.

        Raises:
            NotFoundError: There is no such role.
            AccessRefusedError: The caller may not ask.
        """


class RunStore(Protocol):
    """The table of runs, jobs and alerts.

    Every write is conditional on the record's version; the loser gets a StaleRecordError and starts over. A
    write whose reply was lost and is tried again is recognised as its own.
    """

    def add_run(self, run: Run) -> Run:
        """Puts the run if absent; returns the stored one, whoever put it."""

    def run(self, run_id: str) -> Run:
        """The run with all its jobs, read consistently.

        Raises:
            NotFoundError: No such run.
        """

    def save_run(self, run: Run) -> Run:
        """Writes the run's own item; returns it with the new version.

        Raises:
            StaleRecordError: Its version is not the stored one.
        """

    def open_runs(self) -> tuple[Run, ...]:
        """Runs that have not ended, without their jobs; eventually consistent."""

    def ended_runs(self, limit: int) -> tuple[Run, ...]:
        """Ended runs, newest first, without their jobs."""

    def add_job(self, job: JobRecord) -> JobRecord:
        """Puts the intent if absent; returns the stored one, whoever put it."""

    def save_job(self, job: JobRecord) -> JobRecord:
        """Writes the job; returns it with the new version.

        Raises:
            StaleRecordError: Its version is not the stored one.
        """

    def open_jobs(self) -> tuple[JobRecord, ...]:
        """Jobs that are not closed, least recently judged first; eventually consistent."""

    def models_to_delete(self) -> tuple[JobRecord, ...]:
        """Closed jobs with a throw-away model that still exists."""

    def add_alert(self, alert: Alert) -> bool:
        """Records the alert if absent; says whether it was new."""

    def pending_alerts(self) -> tuple[Alert, ...]:
        """Alerts that are not SENT, oldest first; eventually consistent."""

    def claim_alert(self, alert: Alert, now: datetime, until: datetime) -> bool:
        """PENDING, or CLAIMED until before `now`, becomes CLAIMED; says whether the caller has it."""

    def mark_sent(self, alert: Alert, message_id: str, now: datetime) -> None:
        """CLAIMED becomes SENT."""

    def alerts(self, run_id: str) -> tuple[Alert, ...]:
        """Every alert of a run, oldest first."""

    def control(self) -> Control:
        """What a person has ordered for the whole stack."""

    def set_control(self, control: Control) -> None:
        """Orders it."""

    def base_model(self, base_model_id: str) -> BaseModelFacts:
        """What is known of a base model; a record without knowledge when nothing is."""

    def learn(self, facts: BaseModelFacts) -> None:
        """Writes what is known of a base model."""


class Alerts(Protocol):
    """The topic that mails people."""

    def publish(self, alert: Alert) -> str:
        """Publishes and returns the topic's message id."""


class Workflow(Protocol):
    """Step Functions, seen from outside and from within a waiting run."""

    def start(self, machine_arn: str, name: str, document: str) -> str:
        """Starts an execution and returns its ARN.

        Raises:
            NameTakenError: An execution has the name.
        """

    def complete(self, token: str, document: str) -> bool:
        """Ends a wait; False when nobody waits on the token any more."""

    def heartbeat(self, token: str) -> bool:
        """Keeps a wait alive; False when nobody waits on the token any more."""

    def execution(self, execution_arn: str) -> Execution:
        """Where an execution is.

        Raises:
            NotFoundError: No such execution.
        """


class WatchBell(Protocol):
    """Asks the watch for a tick now; best effort, since the schedule comes anyway."""

    def ring(self) -> None:
        """Never raises and never waits."""
