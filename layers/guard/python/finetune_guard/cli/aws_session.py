"""The tools of a command, of AWS: names and ARNs come from the stack's outputs, adapters from bootstrap."""

import os
from collections.abc import Mapping
from functools import cached_property
from threading import Event

from finetune_guard import bootstrap
from finetune_guard.cli.target import Target
from finetune_guard.core.access.places import Deployment
from finetune_guard.core.decisions import Mode
from finetune_guard.core.destroying import Storage
from finetune_guard.core.errors import NotFoundError
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

#: Keys of the stack's outputs (infra/stack.py).
TABLE, BUCKET, REMOVAL = "TableName", "BucketName", "Removal"
#: Comma-separated, the stack's own first.
BUCKETS, ROLES = "BucketNames", "BedrockRoleArns"
MACHINES = {
    Mode.MINI_RUN: "MiniRunArn",
    Mode.FULL_RUN: "FullRunArn",
    Mode.REHEARSE_THEN_RUN: "RehearseThenRunArn",
}


class AwsSession:
    """Session over a deployed stack; each tool is made when it is first asked for.

    Args:
        target: Which stack.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        if target.region:
            # As if the person had set it: every client of this process then speaks to the one region.
            os.environ["AWS_DEFAULT_REGION"] = target.region  # noqa: TID251  written, never read
        self._waiter = Event()

    @cached_property
    def _outputs(self) -> Mapping[str, str]:
        return bootstrap.stack_outputs().read(self._target.stack)

    def _output(self, key: str) -> str:
        if key not in self._outputs:
            raise NotFoundError(
                f"The stack {self._target.stack} has no output {key}: it is not ours, or of another version. "
                "Name the right one with --stack, or deploy this version with `cdk deploy`."
            )
        return self._outputs[key]

    def stack_name(self) -> str:
        """See Session.stack_name."""
        return self._target.stack

    def region(self) -> str | None:
        """See Session.region."""
        return self._target.region or bootstrap.region() or None

    def bucket(self) -> str:
        """See Session.bucket."""
        return self._output(BUCKET)

    def storage(self) -> Storage:
        """See Session.storage."""
        return Storage(self._output(TABLE), self.bucket(), self._outputs.get(REMOVAL, ""))

    def deployment(self) -> Deployment:
        """See Session.deployment."""
        _, _, _, region, account, *_ = self.machine(Mode.MINI_RUN).split(":")
        buckets, roles = self._output(BUCKETS), self._output(ROLES)
        return Deployment(region, account, tuple(buckets.split(",")), tuple(roles.split(",")))

    def machine(self, mode: Mode) -> str:
        """See Session.machine."""
        return self._output(MACHINES[mode])

    def store(self) -> RunStore:
        """See Session.store."""
        return bootstrap.run_store(self._output(TABLE))

    def workflow(self) -> Workflow:
        """See Session.workflow."""
        return bootstrap.workflow()

    def journal(self) -> Journal:
        """See Session.journal."""
        return bootstrap.journal(self.bucket())

    def files(self) -> DatasetFiles:
        """See Session.files."""
        return bootstrap.dataset_files()

    def jobs(self) -> TrainingJobs:
        """See Session.jobs."""
        return bootstrap.training_jobs()

    def quotas(self) -> Quotas:
        """See Session.quotas."""
        return bootstrap.quotas()

    def buckets(self) -> Buckets:
        """See Session.buckets."""
        return bootstrap.buckets()

    def roles(self) -> RolePolicies:
        """See Session.roles."""
        return bootstrap.role_policies()

    def identity(self) -> Identity:
        """See Session.identity."""
        return bootstrap.identity()

    def stacks(self) -> Stacks:
        """See Session.stacks."""
        return bootstrap.stacks()

    def functions(self) -> Functions:
        """See Session.functions."""
        return bootstrap.deployed_functions()

    def telemetry(self) -> Telemetry:
        """See Session.telemetry."""
        return bootstrap.telemetry()

    def schedules(self) -> Schedules:
        """See Session.schedules."""
        return bootstrap.schedules()

    def queues(self) -> Queues:
        """See Session.queues."""
        return bootstrap.queues()

    def subscriptions(self) -> Subscriptions:
        """See Session.subscriptions."""
        return bootstrap.subscriptions()

    def metrics(self) -> MetricSource:
        """See Session.metrics."""
        return bootstrap.metric_source()

    def judge(self) -> Judge:
        """See Session.judge."""
        # numpy is loaded for a command that judges, and for no other.
        from finetune_guard.usecases.judge_curve import judge  # noqa: PLC0415

        return judge

    def clock(self) -> Clock:
        """See Session.clock."""
        return bootstrap.clock()

    def waiter(self) -> Event:
        """See Session.waiter."""
        return self._waiter
