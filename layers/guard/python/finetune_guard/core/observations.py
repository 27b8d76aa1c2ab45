"""What the outside world shows, as values: jobs, files, executions, orders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from finetune_guard.core.jobs import Phases

#: Finished jobs of a base model whose pace is remembered: what it was long ago says little of today.
MOST_PACES = 8


@dataclass(frozen=True, slots=True)
class JobDescription:
    """A customization job as the service describes it.

    Attributes:
        status: Verbatim; may be a word that this version does not know.
        token: The clientRequestToken it was created with, or "".
        training_loss: The service's one scalar; None where absent or -1 ("unknown" in some families).
    """

    arn: str
    name: str
    status: str
    base_model_arn: str
    output_uri: str
    created_at: datetime
    phases: Phases = field(default_factory=Phases)
    last_modified: datetime | None = None
    ended_at: datetime | None = None
    failure: str = ""
    model_arn: str | None = None
    token: str = ""
    training_uri: str = ""
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    training_loss: float | None = None


@dataclass(frozen=True, slots=True)
class FoundationModel:
    """A base model as the service lists it.

    Attributes:
        customizations: Verbatim; live answers have carried values outside the enum.
        end_of_life: UTC; None where not told.
    """

    model_id: str
    customizations: tuple[str, ...]
    lifecycle: str
    end_of_life: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccountQuotas:
    """The account's own quotas of model customization, in one region.

    Attributes:
        records: Most training and validation records together of one fine-tuning job, by the words that the
            quota has for the base (core/hyperparameters/quotas.py finds a base's).
        jobs: Customization jobs that may be scheduled at once; None where not told.
    """

    records: Mapping[str, int] = field(default_factory=dict)
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as its store lists it; `etag` changes whenever the content does."""

    key: str
    etag: str
    size: int
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What is known of a file before it is read.

    Attributes:
        key_arn: The KMS key that encrypts it; "" where none does.
        archived: The storage class that it has to be restored from first; "" where it can be read at once.
    """

    uri: str
    size: int
    etag: str
    version: str
    last_modified: datetime
    key_arn: str = ""
    archived: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """What a person has ordered for the whole stack.

    Attributes:
        kill_switch: No job is stopped while it is on, for whatever reason.
    """

    kill_switch: bool = False
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class JobPace:
    """How long a finished job's steps took, estimated (detectors/pace.py).

    Attributes:
        source: The job, as in `BaseModelFacts.learnt_from`.
        seconds: Time of the training phase divided by its steps.
        steps: How many steps.
        tokens_per_step: Planned tokens divided by its steps; None where not known.
        waited: Seconds from the job's creation to the start of its training, in which the service checks and
            processes the data and the job queues; None where not known.
    """

    source: str
    seconds: float
    steps: int
    tokens_per_step: float | None = None
    waited: float | None = None


@dataclass(frozen=True, slots=True)
class ShadowCounts:
    """Finished curves, by how they ended and by what an armed watch would have done (core/shadow.py).

    Attributes:
        sound: Curves that had not diverged at their end.
        sound_stopped: Those of them that it would have stopped, wrongly.
        diverged: Curves that had diverged at their end.
        diverged_stopped: Those of them that it would have stopped, rightly.
    """

    sound: int = 0
    sound_stopped: int = 0
    diverged: int = 0
    diverged_stopped: int = 0


@dataclass(frozen=True, slots=True)
class BaseModelFacts:
    """What this account has learnt of a base model by watching.

    Attributes:
        live_metrics: Whether a metric file was seen before a job's end; None where no job has ended yet.
        records_per_step: Records that one optimizer step takes, from a finished curve; None where unknown.
        jobs_seen: Finished jobs that this rests on.
        learnt_from: The job it was last learnt from, so that a repeated tick counts it once.
        learnt_at: When last.
        paces: Pace of the last finished jobs, oldest first; at most MOST_PACES.
        shadow: What an armed watch would have done to its finished jobs.
        accepts_custom_model: Whether a job may start from a custom model of this base; None where no job has
            shown it yet.
    """

    base_model_id: str
    live_metrics: bool | None = None
    records_per_step: float | None = None
    jobs_seen: int = 0
    learnt_from: str = ""
    learnt_at: datetime | None = None
    paces: tuple[JobPace, ...] = ()
    shadow: ShadowCounts = ShadowCounts()
    accepts_custom_model: bool | None = None
    schema_version: int = 1


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution as Step Functions describes it; `output` is "" until it succeeds."""

    arn: str
    status: str
    started_at: datetime
    ended_at: datetime | None = None
    output: str = ""
    error: str = ""
    cause: str = ""
