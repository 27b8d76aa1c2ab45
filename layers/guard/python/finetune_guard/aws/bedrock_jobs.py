"""Customization jobs and their models, as Bedrock has them (docs/bedrock.md, 1)."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from finetune_guard.aws.errors import translated
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.job_request import JobRequest
from finetune_guard.core.jobs import Phase, Phases, PhaseStatus
from finetune_guard.core.observations import FoundationModel, JobDescription

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_bedrock.type_defs import (
        CreateModelCustomizationJobRequestTypeDef,
        FoundationModelSummaryTypeDef,
        GetModelCustomizationJobResponseTypeDef,
        StatusDetailsTypeDef,
        TagTypeDef,
    )


class BedrockJobs:
    """TrainingJobs of one account and region."""

    def __init__(self, client: "BedrockClient") -> None:
        self._client = client

    def create(self, request: JobRequest) -> str:
        """Starts a job and returns its ARN; see TrainingJobs.create."""
        with translated("create the customization job", request.job_name):
            return self._client.create_model_customization_job(**parameters(request))["jobArn"]

    def get(self, identifier: str) -> JobDescription:
        """Describes a job; see TrainingJobs.get."""
        with translated("look at the customization job", identifier):
            found = self._client.get_model_customization_job(jobIdentifier=identifier)
        return description(found)

    def stop(self, identifier: str) -> None:
        """Asks for a stop; see TrainingJobs.stop."""
        with translated("stop the customization job", identifier):
            self._client.stop_model_customization_job(jobIdentifier=identifier)

    def delete_model(self, model_arn: str) -> None:
        """Deletes a custom model; one that is not there counts as deleted."""
        with suppress(NotFoundError), translated("delete the custom model", model_arn):
            self._client.delete_custom_model(modelIdentifier=model_arn)

    def base_models(self) -> tuple[FoundationModel, ...]:
        """The base models that can be fine-tuned in this region."""
        with translated("list the base models in", self._client.meta.region_name):
            listed = self._client.list_foundation_models(byCustomizationType="FINE_TUNING")
        return tuple(_foundation_model(summary) for summary in listed["modelSummaries"])

    def in_progress(self) -> int:
        """How many jobs are in progress; see TrainingJobs.in_progress."""
        pages = self._client.get_paginator("list_model_customization_jobs")
        with translated("list the customization jobs in", self._client.meta.region_name):
            return sum(
                len(page.get("modelCustomizationJobSummaries", ()))
                for page in pages.paginate(statusEquals="InProgress")
            )


def parameters(request: JobRequest) -> "CreateModelCustomizationJobRequestTypeDef":
    """What CreateModelCustomizationJob is called with.

    Both the job and the model carry the tags: IAM allows a stop and a deletion by them.
    """
    tags: list[TagTypeDef] = [{"key": key, "value": value} for key, value in sorted(request.tags.items())]
    call: CreateModelCustomizationJobRequestTypeDef = {
        "jobName": request.job_name,
        "customModelName": request.model_name,
        "roleArn": request.role_arn,
        "clientRequestToken": request.token,
        "baseModelIdentifier": request.start_from or request.base_model_id,
        "customizationType": "FINE_TUNING",
        "trainingDataConfig": {"s3Uri": request.training_uri},
        "outputDataConfig": {"s3Uri": request.output_uri},
        "hyperParameters": request.hyperparameters,
        "jobTags": tags,
        "customModelTags": tags,
    }
    if request.validation_uri:
        call["validationDataConfig"] = {"validators": [{"s3Uri": request.validation_uri}]}
    return call


def description(found: "GetModelCustomizationJobResponseTypeDef") -> JobDescription:
    """What Get says, read leniently: all but the names, base, output and creation time may be absent."""
    return JobDescription(
        arn=found["jobArn"],
        name=found["jobName"],
        status=found.get("status", ""),
        base_model_arn=found["baseModelArn"],
        output_uri=found["outputDataConfig"]["s3Uri"],
        created_at=found["creationTime"].astimezone(UTC),
        phases=_phases(found.get("statusDetails", {})),
        last_modified=_utc(found.get("lastModifiedTime")),
        ended_at=_utc(found.get("endTime")),
        failure=found.get("failureMessage", ""),
        model_arn=found.get("outputModelArn"),
        token=found.get("clientRequestToken", ""),
        training_uri=found.get("trainingDataConfig", {}).get("s3Uri", ""),
        hyperparameters=dict(found.get("hyperParameters", {})),
        training_loss=_loss(found.get("trainingMetrics", {}).get("trainingLoss")),
    )


def _phases(details: "StatusDetailsTypeDef") -> Phases:
    return Phases(
        validation=_phase(details.get("validationDetails")),
        data_processing=_phase(details.get("dataProcessingDetails")),
        training=_phase(details.get("trainingDetails")),
    )


def _phase(details: Mapping[str, object] | None) -> Phase | None:
    if not details:
        return None
    status = str(details.get("status", ""))
    known = {phase.value for phase in PhaseStatus}
    return Phase(
        status=PhaseStatus(status) if status in known else PhaseStatus.OTHER,
        started=_utc(details.get("creationTime")),
        changed=_utc(details.get("lastModifiedTime")),
    )


def _utc(at: object) -> datetime | None:
    return at.astimezone(UTC) if isinstance(at, datetime) else None


def _loss(value: float | None) -> float | None:
    """The loss; some families answer -1 for "unknown" (docs/bedrock.md, 1.2)."""
    return None if value is None or value <= -1 else value


def _foundation_model(summary: "FoundationModelSummaryTypeDef") -> FoundationModel:
    lifecycle = summary.get("modelLifecycle")
    return FoundationModel(
        model_id=summary["modelId"],
        customizations=tuple(summary.get("customizationsSupported", ())),
        lifecycle=lifecycle.get("status", "") if lifecycle else "",
        end_of_life=_utc(lifecycle.get("endOfLifeTime")) if lifecycle else None,
    )
