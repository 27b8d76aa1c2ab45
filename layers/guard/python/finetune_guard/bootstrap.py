"""The only place that chooses adapters. Each is imported and made when first asked for, once a process.

A handler or command imports this module and pays only for what it uses: boto3 is not loaded before the first
adapter of AWS, and a client not before the first call that needs it.
"""

from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from finetune_guard.aws.clients import Clients
    from finetune_guard.aws.cloudformation import CloudFormationOutputs
    from finetune_guard.ports import (
        Alerts,
        Buckets,
        Clock,
        DatasetFiles,
        Functions,
        Identity,
        Journal,
        MetricSource,
        Queues,
        Quotas,
        RolePolicies,
        RunStore,
        Schedules,
        Stacks,
        Subscriptions,
        Telemetry,
        TrainingJobs,
        WatchBell,
        Workers,
        Workflow,
    )


@cache
def clock() -> "Clock":
    """The machine's own."""
    from finetune_guard.clock import SystemClock  # noqa: PLC0415

    return SystemClock()


@cache
def workers() -> "Workers":
    """Threads of this process."""
    from finetune_guard.threads import Threads  # noqa: PLC0415

    return Threads()


@cache
def training_jobs(region: str | None = None) -> "TrainingJobs":
    """Bedrock in a region, by default the environment's."""
    from finetune_guard.aws.bedrock_jobs import BedrockJobs  # noqa: PLC0415

    return BedrockJobs(_clients(region).bedrock)


@cache
def quotas() -> "Quotas":
    """The account's, in the environment's region."""
    from finetune_guard.aws.service_quotas import ServiceQuotas  # noqa: PLC0415

    return ServiceQuotas(_clients(None).service_quotas)


@cache
def run_store(table: str) -> "RunStore":
    """The stack's table."""
    from finetune_guard.aws.dynamo_runs import DynamoRuns  # noqa: PLC0415
    from finetune_guard.aws.dynamo_table import DynamoTable  # noqa: PLC0415

    return DynamoRuns(DynamoTable(_clients(None).dynamodb, table, _writer()))


@cache
def metric_source() -> "MetricSource":
    """Jobs' output, on S3 or on this machine, as its URI says."""
    from finetune_guard.files.by_place import MetricsByPlace  # noqa: PLC0415

    return MetricsByPlace(_s3_metrics)


@cache
def _s3_metrics() -> "MetricSource":
    from finetune_guard.aws.s3_metrics import S3Metrics  # noqa: PLC0415

    return S3Metrics(_clients(None).s3)


@cache
def journal(bucket: str) -> "Journal":
    """The stack's bucket."""
    from finetune_guard.aws.s3_journal import S3Journal  # noqa: PLC0415

    return S3Journal(_clients(None).s3, bucket)


@cache
def dataset_files() -> "DatasetFiles":
    """The user's data, on S3 or on this machine, as its URI says."""
    from finetune_guard.files.by_place import DatasetsByPlace  # noqa: PLC0415

    return DatasetsByPlace(_s3_datasets)


@cache
def _s3_datasets() -> "DatasetFiles":
    from finetune_guard.aws.s3_datasets import S3Datasets  # noqa: PLC0415

    return S3Datasets(_clients(None).s3)


@cache
def buckets() -> "Buckets":
    """Buckets as S3 tells of them."""
    from finetune_guard.aws.s3_buckets import S3Buckets  # noqa: PLC0415

    return S3Buckets(_clients(None).s3)


@cache
def role_policies() -> "RolePolicies":
    """What IAM knows of roles."""
    from finetune_guard.aws.iam_policies import IamPolicies  # noqa: PLC0415

    return IamPolicies(_clients(None).iam)


def region() -> str:
    """The region that calls go to; "" where none is named anywhere."""
    return _clients(None).region


@cache
def alerts(topic_arn: str) -> "Alerts":
    """The stack's topic."""
    from finetune_guard.aws.sns_alerts import SnsAlerts  # noqa: PLC0415

    return SnsAlerts(_clients(None).sns, topic_arn)


@cache
def workflow() -> "Workflow":
    """The stack's state machines."""
    from finetune_guard.aws.stepfunctions import StepFunctionsWorkflow  # noqa: PLC0415

    return StepFunctionsWorkflow(_clients(None).stepfunctions)


@cache
def watch_bell(function_name: str) -> "WatchBell":
    """The watch's function."""
    from finetune_guard.aws.lambda_bell import LambdaBell  # noqa: PLC0415

    return LambdaBell(_clients(None).lambdas, function_name)


@cache
def stack_outputs(region: str | None = None) -> "CloudFormationOutputs":
    """The outputs of deployed stacks in a region, by default the environment's."""
    from finetune_guard.aws.cloudformation import CloudFormationOutputs  # noqa: PLC0415

    return CloudFormationOutputs(_clients(region).cloudformation)


@cache
def identity() -> "Identity":
    """Who the environment's credentials are."""
    from finetune_guard.aws.sts_identity import StsIdentity  # noqa: PLC0415

    return StsIdentity(_clients(None).sts)


@cache
def stacks() -> "Stacks":
    """Deployed stacks."""
    from finetune_guard.aws.cloudformation import CloudFormationStacks  # noqa: PLC0415

    return CloudFormationStacks(_clients(None).cloudformation)


@cache
def deployed_functions() -> "Functions":
    """What Lambda says of functions."""
    from finetune_guard.aws.lambda_functions import LambdaFunctions  # noqa: PLC0415

    return LambdaFunctions(_clients(None).functions)


@cache
def telemetry() -> "Telemetry":
    """Alarms and metrics."""
    from finetune_guard.aws.cloudwatch_telemetry import CloudWatchTelemetry  # noqa: PLC0415

    return CloudWatchTelemetry(_clients(None).cloudwatch)


@cache
def schedules() -> "Schedules":
    """What is called by the clock."""
    from finetune_guard.aws.scheduler_schedules import SchedulerSchedules  # noqa: PLC0415

    return SchedulerSchedules(_clients(None).scheduler)


@cache
def queues() -> "Queues":
    """Dead letters."""
    from finetune_guard.aws.sqs_queues import SqsQueues  # noqa: PLC0415

    return SqsQueues(_clients(None).sqs)


@cache
def subscriptions() -> "Subscriptions":
    """Who gets what a topic publishes."""
    from finetune_guard.aws.sns_subscriptions import SnsSubscriptions  # noqa: PLC0415

    return SnsSubscriptions(_clients(None).sns)


@cache
def _clients(region: str | None) -> "Clients":
    from finetune_guard.aws.clients import Clients  # noqa: PLC0415

    return Clients(region)


@cache
def _writer() -> str:
    """Names this process among all writers of the table; drawn, since two processes must never share it."""
    return uuid4().hex
