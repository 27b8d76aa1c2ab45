"""State changes as EventBridge would deliver them, handed to a Lambda function of the local engine.

The engine, like AWS, refuses PutEvents with a source of aws.*, so the function that a rule would have invoked
is invoked directly with the same event. Best effort, as the real thing: a failure is a line on standard
error.
"""

import queue
import sys
import threading
import uuid
from typing import TYPE_CHECKING

from local.bedrock.jobs import Job
from local.bedrock.values import encode

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def state_change(job: Job) -> dict[str, object]:
    """The documented event: `detail.jobStatus`, flat data configs, no phases and no metrics."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Model Customization Job State Change",
        "source": "aws.bedrock",
        "account": job.account,
        "time": job.last_modified_time,
        "region": job.region,
        "resources": [job.arn],
        "detail": _detail(job),
    }


def _detail(job: Job) -> dict[str, object]:
    request = job.request
    validators = request.validation_data_config.validators
    detail = {
        "version": "0.0",
        "jobName": request.job_name,
        "jobArn": job.arn,
        "outputModelName": request.custom_model_name,
        "outputModelArn": job.output_model_arn,
        "roleArn": request.role_arn,
        "jobStatus": job.status,
        "failureMessage": job.failure_message,
        "creationTime": job.creation_time,
        "lastModifiedTime": job.last_modified_time,
        "endTime": job.end_time,
        "baseModelArn": job.foundation_arn,
        "hyperParameters": job.hyper_parameters,
        "trainingDataConfig": request.training_data_config,
        "validationDataConfig": validators[0] if validators else None,
        "outputDataConfig": request.output_data_config,
    }
    return {name: value for name, value in detail.items() if value is not None}


class EventSink:
    """Delivers events in their order, in the background; to nobody when no function is named."""

    def __init__(self, function: str | None) -> None:
        self._function = function
        self._waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
        if function:
            threading.Thread(target=self._deliver, name="events", daemon=True).start()

    def send(self, job: Job) -> None:
        """Queues the event of a job's present status; returns at once."""
        if self._function:
            self._waiting.put(job)

    def _deliver(self) -> None:
        client = _client()
        while True:
            job = self._waiting.get()
            try:
                payload = encode(state_change(job))
                client.invoke(FunctionName=self._function or "", InvocationType="Event", Payload=payload)
            except Exception as exc:  # whatever it is, a job must not suffer from it
                sys.stderr.write(f"The event of {job.arn} ({job.status}) was not delivered: {exc}\n")


def _client() -> "LambdaClient":
    import boto3  # noqa: PLC0415 (a server without a sink needs none)
    from botocore.config import Config  # noqa: PLC0415

    config = Config(connect_timeout=2, read_timeout=10, retries={"max_attempts": 2})
    return boto3.client("lambda", config=config)
