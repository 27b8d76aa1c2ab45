"""How the stand-in behaves, read once from a JSON file: its waiting, what is live, where events go."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from local.bedrock.errors import StandInError
from local.bedrock.schedule import AfterWarmUp

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class Pace(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What may differ between jobs.

    Attributes:
        queue_seconds: Before validation begins.
        validation_seconds: Beside what validation really takes.
        data_processing_seconds: Between validation and training.
        overhead_seconds: Between the last step and the end of the job.
        stopping_seconds: From the order to stop until the job is Stopped.
        step_seconds: A pause after each step, so that a short job can be watched and stopped.
        live_metrics: Whether the training CSV grows while the job runs; Bedrock documents it at completion
            only.
        live_seconds: How often it is rewritten then.
        stopped_csv: Whether a stopped job leaves the rows it had, although they were not live.
        schedule: What the learning rate does after warm-up, which Bedrock does not document.
    """

    queue_seconds: Seconds = 1.0
    validation_seconds: Seconds = 1.0
    data_processing_seconds: Seconds = 1.0
    overhead_seconds: Seconds = 1.0
    stopping_seconds: Seconds = 1.0
    step_seconds: Seconds = 0.0
    live_metrics: bool = False
    live_seconds: Seconds = 1.0
    stopped_csv: bool = False
    schedule: AfterWarmUp = AfterWarmUp.DECAY


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pace for some jobs: those whose name and base model contain the given texts; later ones win."""

    job_name: str = ""
    base_model: str = ""
    pace: dict[str, float | bool | str] = {}


class Settings(Pace, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file.

    Attributes:
        region: For callers whose signature names none.
        account: Twelve digits; roles of other accounts are refused.
        object_store: `s3` (through AWS_ENDPOINT_URL) or `file:///folder`, where `s3://bucket/key` is
            folder/bucket/key.
        event_function: The Lambda function that is given each state change; None sends none.
        scheduled_jobs_limit: The service's quota of jobs that are not ended, per region.
        retired_models: Whether base models that the service has retired are accepted all the same.
        overrides: For some jobs only.
    """

    region: str = "us-east-1"
    account: Annotated[str, msgspec.Meta(pattern="^[0-9]{12}$")] = "000000000000"
    object_store: str = "s3"
    event_function: str | None = None
    scheduled_jobs_limit: int = 10
    retired_models: bool = False
    overrides: tuple[Override, ...] = ()

    def pace_of(self, job_name: str, model_id: str) -> Pace:
        """The pace of one job."""
        chosen = {name: getattr(self, name) for name in Pace.__struct_fields__}
        for override in self.overrides:
            if override.job_name in job_name and override.base_model in model_id:
                chosen |= override.pace
        return msgspec.convert(chosen, Pace)


_DEFAULTS: Final = Settings()


def read_settings(path: Path | None) -> Settings:
    """The settings of a file; the defaults without one.

    Raises:
        StandInError: The file cannot be read, or has an unknown name or a value out of range.
    """
    if path is None:
        return _DEFAULTS
    try:
        settings = msgspec.json.decode(path.read_bytes(), type=Settings)
        for override in settings.overrides:
            msgspec.convert(override.pace, Pace)
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise StandInError(
            f"Cannot use the settings in {path}: {exc}. The names are in local/bedrock/README.md."
        ) from exc
    return settings


def environment_of_workers() -> Mapping[str, str]:
    """The server's environment, with one thread for matrix products.

    Two threads on a busy machine took thirty times as long as one (docs/adr/0013), and numpy reads the
    number when it is loaded.
    """
    given = os.environ  # noqa: TID251 (the stand-in's one reader of it)
    return {**given, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
