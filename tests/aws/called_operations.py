"""Every AWS operation that the adapters call, found in their source."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel

import finetune_guard.aws

SERVICE_OF = {
    "bedrock_jobs.py": "bedrock",
    "s3_metrics.py": "s3",
    "s3_journal.py": "s3",
    "s3_datasets.py": "s3",
    "s3_buckets.py": "s3",
    "iam_policies.py": "iam",
    "dynamo_table.py": "dynamodb",
    "sns_alerts.py": "sns",
    "stepfunctions.py": "stepfunctions",
    "lambda_bell.py": "lambda",
    "cloudformation.py": "cloudformation",
    "service_quotas.py": "service-quotas",
    "sts_identity.py": "sts",
    "lambda_functions.py": "lambda",
    "cloudwatch_telemetry.py": "cloudwatch",
    "scheduler_schedules.py": "scheduler",
    "sqs_queues.py": "sqs",
    "sns_subscriptions.py": "sns",
}
#: What boto3's managed transfer calls on our behalf.
TRANSFERS = {
    "upload_fileobj": (
        "PutObject",
        "CreateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
    )
}
PLUMBING = {"get_paginator"}


@cache
def service_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def called() -> tuple[OperationModel, ...]:
    """The models of the operations called, each once."""
    folder = Path(finetune_guard.aws.__file__).parent
    found: dict[tuple[str, str], OperationModel] = {}
    for file, service in SERVICE_OF.items():
        model = service_model(service)
        names = {xform_name(name): name for name in model.operation_names}
        for call in _client_calls(folder / file):
            for operation in TRANSFERS.get(call) or (names[call],):
                found[(service, operation)] = model.operation_model(operation)
    return tuple(found.values())


def _client_calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) != "self._client":
            continue
        name = node.func.attr
        if name not in PLUMBING:
            yield name
        elif isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def error_codes(model: OperationModel) -> list[str]:
    """The codes of the errors that the model knows of."""
    return [str(getattr(error, "error_code")) for error in model.error_shapes]  # noqa: B009 - stubs lack it
