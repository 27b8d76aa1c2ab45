"""What server and worker say to each other: an assignment in, then a line per thing that happened out.

The worker's standard input also carries the order to stop, and its end means that the server is gone.
"""

import msgspec

from local.bedrock.catalog import Limits
from local.bedrock.jobs import Phase
from local.bedrock.settings import Pace

STOP = "stop"


class Assignment(msgspec.Struct, frozen=True):
    """A job for a worker.

    Attributes:
        folder: The job's own folder, for what must survive a restart.
        weights: Where training starts from.
        result: Where the trained weights go.
        done: Phases that an earlier worker completed before the server was restarted; not waited for again.
    """

    job_id: str
    job_name: str
    model_id: str
    catalog: str
    limits: Limits
    hyper_parameters: dict[str, str]
    training_uri: str
    validation_uris: tuple[str, ...]
    output_uri: str
    object_store: str
    folder: str
    weights: str
    result: str
    faults: str | None
    claims: str
    pace: Pace
    done: tuple[Phase, ...] = ()


class Began(msgspec.Struct, frozen=True, tag=True):
    """A phase began."""

    phase: Phase


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A phase was completed."""

    phase: Phase


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The job failed, with what its failureMessage says."""

    message: str


class Trained(msgspec.Struct, frozen=True, tag=True):
    """The job is done; losses as Python's repr, since JSON has no NaN."""

    training_loss: str
    validation_losses: tuple[str, ...]


class Halted(msgspec.Struct, frozen=True, tag=True):
    """The order to stop was followed."""


Report = Began | Ended | Failed | Trained | Halted
