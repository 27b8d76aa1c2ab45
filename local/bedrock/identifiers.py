"""Identifiers: made, and found again by ARN, by name or by the twelve characters at an ARN's end."""

import re
import secrets
import string
from collections.abc import Sequence
from typing import Final

from local.bedrock.errors import NOT_FOUND, ServiceError
from local.bedrock.jobs import CustomModel, Job

_LETTERS: Final = string.ascii_lowercase + string.digits
_SIGNED: Final = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/")


def new_id() -> str:
    """Twelve random characters of a-z and 0-9, as at the end of the service's ARNs."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


def custom_model_arn(region: str, account: str, base_model_id: str, model_id: str) -> str:
    """The ARN of a custom model."""
    return f"arn:aws:bedrock:{region}:{account}:custom-model/{base_model_id}/{model_id}"


def find_job(jobs: Sequence[Job], identifier: str) -> Job:
    """The job that an identifier means.

    Raises:
        ServiceError: ResourceNotFoundException when there is none in this region.
    """
    for job in jobs:
        if identifier in {job.arn, job.request.job_name, job.job_id}:
            return job
    raise ServiceError(
        NOT_FOUND, f"Could not find the model customization job '{identifier}' in this region."
    )


def find_model(models: Sequence[CustomModel], identifier: str) -> CustomModel:
    """The custom model that an identifier means; a deleted one is not found.

    Raises:
        ServiceError: ResourceNotFoundException when there is none in this region.
    """
    for model in models:
        if identifier in {model.arn, model.name, model.model_id} and not model.deleted:
            return model
    raise ServiceError(NOT_FOUND, f"Could not find the custom model '{identifier}' in this region.")


def signer(authorization: str) -> tuple[str, str] | None:
    """The access key and region in a request's SigV4 header; None where it is not signed that way."""
    found = _SIGNED.search(authorization)
    return (found[1], found[2]) if found else None
