"""One boto3 session, and clients that are made when first asked for; each checks what it sends."""

from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar, cast

import boto3
from botocore.config import Config

from finetune_guard import __version__
from finetune_guard.aws import wire_check
from finetune_guard.aws.errors import translated

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts import STSClient

    from finetune_guard.aws.scheduler_schedules import SchedulerClient

    C = TypeVar("C", bound=BaseClient)

USER_AGENT: Final = f"finetune-guard/{__version__}"

#: Limits of fault row 29. Four attempts ride out a short throttling and give up within the minute
#: that a tick has: at worst 4 × 13 seconds of silence and 7 seconds of back-off.
PATIENT: Final = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra=USER_AGENT,
)
#: For the bell: whoever rings does not wait.
HASTY: Final = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 1},
    user_agent_extra=USER_AGENT,
)
#: For what is only a hint: worth a few seconds, and no more.
BRIEF: Final = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent_extra=USER_AGENT,
)


class Clients:
    """The clients of one region; the environment's own region when none is named.

    Raises:
        RequestRejectedError: No region is named anywhere.
        AccessRefusedError: The profile named by the environment does not exist.
    """

    def __init__(self, region: str | None = None) -> None:
        with translated("start an AWS session in", region or "the environment's region"):
            self._session = boto3.Session(region_name=region)

    @property
    def region(self) -> str:
        """The region, or "" when none is named anywhere."""
        return self._session.region_name or ""

    @cached_property
    def bedrock(self) -> "BedrockClient":
        """Customization jobs and models."""
        with self._connecting("Bedrock"):
            return _checked(self._session.client("bedrock", config=PATIENT))

    @cached_property
    def service_quotas(self) -> "ServiceQuotasClient":
        """The account's quotas; brief."""
        with self._connecting("Service Quotas"):
            return _checked(self._session.client("service-quotas", config=BRIEF))

    @cached_property
    def s3(self) -> "S3Client":
        """Files."""
        with self._connecting("S3"):
            return _checked(self._session.client("s3", config=PATIENT))

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The table."""
        with self._connecting("DynamoDB"):
            return _checked(self._session.client("dynamodb", config=PATIENT))

    @cached_property
    def sns(self) -> "SNSClient":
        """The topic."""
        with self._connecting("SNS"):
            return _checked(self._session.client("sns", config=PATIENT))

    @cached_property
    def stepfunctions(self) -> "SFNClient":
        """The state machines."""
        with self._connecting("Step Functions"):
            return _checked(self._session.client("stepfunctions", config=PATIENT))

    @cached_property
    def lambdas(self) -> "LambdaClient":
        """The watch's function, for its bell; impatient."""
        with self._connecting("Lambda"):
            return _checked(self._session.client("lambda", config=HASTY))

    @cached_property
    def iam(self) -> "IAMClient":
        """Roles; IAM has one endpoint for all regions."""
        with self._connecting("IAM"):
            return _checked(self._session.client("iam", config=PATIENT))

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """The stack's outputs."""
        with self._connecting("CloudFormation"):
            return _checked(self._session.client("cloudformation", config=PATIENT))

    @cached_property
    def functions(self) -> "LambdaClient":
        """What Lambda says of functions; patient, unlike the bell's."""
        with self._connecting("Lambda"):
            return _checked(self._session.client("lambda", config=PATIENT))

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        """Alarms and metrics."""
        with self._connecting("CloudWatch"):
            return _checked(self._session.client("cloudwatch", config=PATIENT))

    @cached_property
    def scheduler(self) -> "SchedulerClient":
        """Schedules; boto3 has no types of this client, so it is named one by one what is used of it."""
        with self._connecting("EventBridge Scheduler"):
            client: BaseClient = self._session.client("scheduler", config=PATIENT)
            return cast("SchedulerClient", _checked(client))

    @cached_property
    def sqs(self) -> "SQSClient":
        """Queues."""
        with self._connecting("SQS"):
            return _checked(self._session.client("sqs", config=PATIENT))

    @cached_property
    def sts(self) -> "STSClient":
        """Who the credentials are."""
        with self._connecting("STS"):
            return _checked(self._session.client("sts", config=PATIENT))

    def _connecting(self, service: str) -> AbstractContextManager[None]:
        return translated(
            "connect to", f"{service} in {self.region or 'no region: set AWS_REGION or --region'}"
        )


def _checked(client: "C") -> "C":
    wire_check.install(client)
    return client
