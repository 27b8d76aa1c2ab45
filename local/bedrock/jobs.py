"""A customization job and a custom model as the stand-in keeps them, and as callers see them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from local.bedrock.requests import CreateJob, Location, Tag, TrainingData, Validators, Wire


class Status(StrEnum):
    """The service's own words for a job, and (with NotStarted) for a phase."""

    NOT_STARTED = "NotStarted"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    COMPLETED = "Completed"
    FAILED = "Failed"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing follows."""
        return self in {Status.STOPPED, Status.COMPLETED, Status.FAILED}


class Phase(StrEnum):
    """The three events of a job, in order; the names of their members in statusDetails."""

    VALIDATION = "validation_details"
    DATA_PROCESSING = "data_processing_details"
    TRAINING = "training_details"


class PhaseState(Wire, frozen=True):
    """How far a phase is; times from when it began."""

    status: Status
    creation_time: datetime | None = None
    last_modified_time: datetime | None = None


class StatusDetails(Wire, frozen=True, omit_defaults=False):
    """The phases of a job."""

    validation_details: PhaseState = PhaseState(Status.NOT_STARTED)
    data_processing_details: PhaseState = PhaseState(Status.NOT_STARTED)
    training_details: PhaseState = PhaseState(Status.NOT_STARTED)

    def state(self, phase: Phase) -> PhaseState:
        """The state of one phase."""
        found = getattr(self, phase)
        assert isinstance(found, PhaseState)
        return found

    def with_status(self, phase: Phase, status: Status, at: datetime) -> "StatusDetails":
        """One phase changed; it keeps the time at which it began."""
        began = self.state(phase).creation_time or at
        return msgspec.structs.replace(self, **{phase: PhaseState(status, began, at)})

    def ended(self, status: Status, at: datetime) -> "StatusDetails":
        """The phase that is running, if any, ended with a status."""
        for phase in Phase:
            if self.state(phase).status in {Status.IN_PROGRESS, Status.STOPPING}:
                return self.with_status(phase, status, at)
        return self


class Job(msgspec.Struct, frozen=True):
    """The record of a job on disk.

    Attributes:
        job_id: The twelve characters at the end of its ARN.
        request: As it was created.
        model_id: The foundation model at the root, also where a custom model was the base.
        base_arn: What it was trained from: a foundation model or a custom model.
        hyper_parameters: Defaults filled in.
        training_loss: Python's repr of the last step's loss, since JSON has no NaN; None until completion.
        validation_losses: Likewise, one for each validation file.
    """

    job_id: str
    region: str
    account: str
    request: CreateJob
    model_id: str
    base_arn: str
    hyper_parameters: dict[str, str]
    status: Status
    details: StatusDetails
    creation_time: datetime
    last_modified_time: datetime
    tags: tuple[Tag, ...]
    end_time: datetime | None = None
    failure_message: str | None = None
    output_model_arn: str | None = None
    training_loss: str | None = None
    validation_losses: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        """The job's ARN; the model id in it contains colons."""
        owner = f"arn:aws:bedrock:{self.region}:{self.account}"
        return f"{owner}:model-customization-job/{self.model_id}/{self.job_id}"

    @property
    def foundation_arn(self) -> str:
        """The ARN of the foundation model at the root."""
        return f"arn:aws:bedrock:{self.region}::foundation-model/{self.model_id}"


class CustomModel(msgspec.Struct, frozen=True):
    """The record of a custom model on disk; a deleted one stays, since its name is never free again."""

    model_id: str
    arn: str
    name: str
    region: str
    job: Job
    creation_time: datetime
    tags: tuple[Tag, ...]
    deleted: bool = False


class TrainingMetrics(Wire, frozen=True):
    """One number for a whole job, as the service has it."""

    training_loss: float


class ValidatorMetric(Wire, frozen=True):
    """One number for each validation file."""

    validation_loss: float


class JobAnswer(Wire, frozen=True):
    """GetModelCustomizationJob."""

    job_arn: str
    job_name: str
    output_model_name: str
    role_arn: str
    status: Status
    status_details: StatusDetails | None
    creation_time: datetime
    last_modified_time: datetime
    base_model_arn: str
    hyper_parameters: dict[str, str]
    training_data_config: TrainingData
    validation_data_config: Validators
    output_data_config: Location
    customization_type: str
    client_request_token: str | None = None
    output_model_arn: str | None = None
    failure_message: str | None = None
    end_time: datetime | None = None
    training_metrics: TrainingMetrics | None = None
    validation_metrics: tuple[ValidatorMetric, ...] | None = None
    vpc_config: dict[str, list[str]] | None = None


class JobSummary(Wire, frozen=True):
    """A line of ListModelCustomizationJobs."""

    job_arn: str
    base_model_arn: str
    job_name: str
    status: Status
    status_details: StatusDetails
    creation_time: datetime
    last_modified_time: datetime
    custom_model_name: str
    customization_type: str
    end_time: datetime | None = None
    custom_model_arn: str | None = None


def answer(job: Job) -> JobAnswer:
    """A job as Get shows it: metrics, model and end only when they are there."""
    return JobAnswer(
        job_arn=job.arn,
        job_name=job.request.job_name,
        output_model_name=job.request.custom_model_name,
        role_arn=job.request.role_arn,
        status=job.status,
        status_details=job.details,
        creation_time=job.creation_time,
        last_modified_time=job.last_modified_time,
        base_model_arn=job.foundation_arn,
        hyper_parameters=job.hyper_parameters,
        training_data_config=job.request.training_data_config,
        validation_data_config=job.request.validation_data_config,
        output_data_config=job.request.output_data_config,
        customization_type=job.request.customization_type,
        client_request_token=job.request.client_request_token,
        output_model_arn=job.output_model_arn,
        failure_message=job.failure_message,
        end_time=job.end_time,
        training_metrics=training_metrics(job),
        validation_metrics=validation_metrics(job),
        vpc_config=job.request.vpc_config,
    )


def summary(job: Job) -> JobSummary:
    """A job as List shows it."""
    return JobSummary(
        job_arn=job.arn,
        base_model_arn=job.foundation_arn,
        job_name=job.request.job_name,
        status=job.status,
        status_details=job.details,
        creation_time=job.creation_time,
        last_modified_time=job.last_modified_time,
        custom_model_name=job.request.custom_model_name,
        customization_type=job.request.customization_type,
        end_time=job.end_time,
        custom_model_arn=job.output_model_arn,
    )


def training_metrics(job: Job) -> TrainingMetrics | None:
    """The last training loss; None before completion, NaN where training ended in NaN."""
    return None if job.training_loss is None else TrainingMetrics(float(job.training_loss))


def validation_metrics(job: Job) -> tuple[ValidatorMetric, ...] | None:
    """The last validation losses; None where there are none."""
    return tuple(ValidatorMetric(float(loss)) for loss in job.validation_losses) or None
