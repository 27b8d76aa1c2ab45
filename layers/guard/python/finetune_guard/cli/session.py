"""What a command works with: the stack's tools, made when they are first asked for.

Commands name what they need here and nowhere else, so a test passes fakes in by `obj=`.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, cast

import click

from finetune_guard.cli.aws_session import AwsSession
from finetune_guard.cli.target import Target

if TYPE_CHECKING:
    from finetune_guard.core.access.places import Deployment
    from finetune_guard.core.decisions import Mode
    from finetune_guard.core.destroying import Storage
    from finetune_guard.ports import (
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
        Workflow,
    )
    from finetune_guard.usecases.judge import Judge
    from finetune_guard.usecases.waiting import Waiter


class Session(Protocol):
    """The tools of one command, each made when it is first asked for.

    Raises (each of them):
        NotFoundError: The stack is not there.
        AccessRefusedError: The caller has no credentials, or may not look.
    """

    def stack_name(self) -> str:
        """Name of the stack that is meant."""

    def region(self) -> str | None:
        """The region that calls go to: the one that was named, else the caller's own; None without any."""

    def bucket(self) -> str:
        """The stack's own bucket."""

    def storage(self) -> "Storage":
        """Table and bucket of the stack, and what becomes of them when it is destroyed."""

    def deployment(self) -> "Deployment":
        """What the stack may use, and where its jobs run."""

    def machine(self, mode: "Mode") -> str:
        """ARN of the state machine that carries this mode."""

    def store(self) -> "RunStore":
        """The table of runs."""

    def workflow(self) -> "Workflow":
        """Step Functions."""

    def journal(self) -> "Journal":
        """The stack's bucket as our journal."""

    def files(self) -> "DatasetFiles":
        """Data files, here and on S3."""

    def jobs(self) -> "TrainingJobs":
        """Bedrock's jobs, with the caller's own rights; needs no stack."""

    def quotas(self) -> "Quotas":
        """The account's quotas, with the caller's own rights; needs no stack."""

    def buckets(self) -> "Buckets":
        """Buckets, with the caller's own rights; needs no stack."""

    def roles(self) -> "RolePolicies":
        """What IAM knows of roles, with the caller's own rights; needs no stack."""

    def identity(self) -> "Identity":
        """Who the caller is; needs no stack."""

    def stacks(self) -> "Stacks":
        """Deployed stacks, with the caller's own rights."""

    def functions(self) -> "Functions":
        """What Lambda says of functions, with the caller's own rights."""

    def telemetry(self) -> "Telemetry":
        """Alarms and metrics, with the caller's own rights."""

    def schedules(self) -> "Schedules":
        """What is called by the clock, with the caller's own rights."""

    def queues(self) -> "Queues":
        """Queues, with the caller's own rights."""

    def subscriptions(self) -> "Subscriptions":
        """Who gets what a topic publishes, with the caller's own rights."""

    def metrics(self) -> "MetricSource":
        """Metric files, with the caller's own rights; needs no stack."""

    def judge(self) -> "Judge":
        """What judges a curve; the same as in the watch."""

    def clock(self) -> "Clock":
        """The time."""

    def waiter(self) -> "Waiter":
        """Waits between two looks; the same one each time, so that setting it ends every wait."""


Connector = Callable[[Target], Session]


def connected(ctx: click.Context, stack: str, region: str | None) -> Session:
    """The command's tools: those a test brought, otherwise those of AWS."""
    if ctx.obj is not None:
        return cast(Connector, ctx.obj)(Target(stack, region))
    return AwsSession(Target(stack, region))


def console_url(arn: str) -> str:
    """Where a person finds an execution in the AWS console.

    Args:
        arn: ARN of an execution, of any partition.
    """
    _, partition, _, region, *_ = arn.split(":")
    host = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}.get(
        partition, f"{region}.console.aws.amazon.com"
    )
    return f"https://{host}/states/home?region={region}#/v2/executions/details/{arn}"
