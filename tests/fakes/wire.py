"""What Bedrock refuses by its published patterns, so that a fake takes no request that the service would not.

The patterns are those of the service model (docs/bedrock.md, 1.1), written again here rather than taken
from aws/wire_check.py: a fake that shares the code under test would share its mistakes.
"""

import re

from finetune_guard.core.errors import RequestRejectedError
from finetune_guard.core.job_request import JobRequest

_URI = r"s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](/[-!_*'().a-zA-Z0-9]+)*/?"
_TAG = r"[a-zA-Z0-9 ._:/=+@-]"


def refuse_what_bedrock_refuses(request: JobRequest) -> None:
    """Raises RequestRejectedError for what CreateModelCustomizationJob answers with a ValidationException."""
    _check("jobName", request.job_name, r"[a-zA-Z0-9][-a-zA-Z0-9+.]{0,62}")
    _check("customModelName", request.model_name, r"([0-9a-zA-Z][_-]?){1,63}", longest=63)
    _check("clientRequestToken", request.token, r"[a-zA-Z0-9]([-a-zA-Z0-9]{0,254}[a-zA-Z0-9])?")
    _check("roleArn", request.role_arn, r"arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+", longest=2048)
    for field, uri in (("training", request.training_uri), ("output", request.output_uri)):
        _check(f"{field}DataConfig.s3Uri", uri, _URI, longest=1024)
    if request.validation_uri is not None:
        _check("validationDataConfig.validators.s3Uri", request.validation_uri, _URI, longest=1024)
    for key, value in request.tags.items():
        _check("jobTags.key", key, _TAG + "{1,128}")
        _check("jobTags.value", value, _TAG + "{0,256}")
    for key, text in request.hyperparameters.items():
        if not isinstance(text, str):
            raise RequestRejectedError(f"hyperParameters.{key} must be a string, {text!r} was given.")


def _check(field: str, value: str, pattern: str, longest: int = 2048) -> None:
    if len(value) > longest or not re.fullmatch(pattern, value, re.ASCII):
        raise RequestRejectedError(f"{field} is {value[:80]!r}, expected {pattern}.", "ValidationException")
