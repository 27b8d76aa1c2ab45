"""The tools of a command over the in-memory world, and a way to type a command."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

from click.testing import CliRunner, Result

from finetune_guard.cli.main import cli
from finetune_guard.cli.target import Target
from finetune_guard.core.access.places import Deployment
from finetune_guard.core.decisions import Mode
from finetune_guard.core.destroying import Storage
from finetune_guard.core.jobs import JobRecord
from finetune_guard.usecases.judge import Judge, Judgement, MetricFile
from tests.cli.waiting import ScriptedWaiter, Step
from tests.fakes.access import FakeBuckets, FakeRolePolicies
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeDatasetFiles, FakeJournal, FakeMetricSource
from tests.fakes.health import (
    FakeFunctions,
    FakeIdentity,
    FakeQueues,
    FakeSchedules,
    FakeStacks,
    FakeSubscriptions,
    FakeTelemetry,
)
from tests.fakes.jobs import FakeTrainingJobs
from tests.fakes.people import FakeQuotas, FakeWorkflow
from tests.fakes.store import FakeRunStore
from tests.fakes.world import World

BUCKET = "guard-bucket"
ACCOUNT = "123456789012"
ROLE, OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/guard-bedrock", f"arn:aws:iam::{ACCOUNT}:role/other"
MACHINE = "arn:aws:states:us-west-2:123456789012:stateMachine:"


def sees_nothing(job: JobRecord, files: tuple[MetricFile, ...]) -> Judgement:
    """A judge that is shown files and sees no curve."""
    return Judgement(None, None, "")


class FakeSession:
    """Session over a World; remembers which stack it was made for."""

    def __init__(self, world: World, steps: Iterable[Step] = (), judge: Judge = sees_nothing) -> None:
        self.world = world
        world.buckets.region = "us-west-2"
        self.targets: list[Target] = []
        self._judge = judge
        self._waiter = ScriptedWaiter(world.clock, steps)

    def __call__(self, target: Target) -> "FakeSession":
        self.targets.append(target)
        return self

    def region(self) -> str | None:
        return self.targets[-1].region

    def bucket(self) -> str:
        return BUCKET

    def machine(self, mode: Mode) -> str:
        return MACHINE + mode

    def store(self) -> FakeRunStore:
        return self.world.store

    def workflow(self) -> FakeWorkflow:
        return self.world.workflow

    def journal(self) -> FakeJournal:
        return self.world.journal

    def deployment(self) -> Deployment:
        return Deployment("us-west-2", ACCOUNT, (BUCKET,), (ROLE, OTHER_ROLE))

    def buckets(self) -> FakeBuckets:
        return self.world.buckets

    def roles(self) -> FakeRolePolicies:
        return self.world.roles

    def identity(self) -> FakeIdentity:
        return self.world.identity

    def stacks(self) -> FakeStacks:
        return self.world.stacks

    def functions(self) -> FakeFunctions:
        return self.world.functions

    def telemetry(self) -> FakeTelemetry:
        return self.world.telemetry

    def schedules(self) -> FakeSchedules:
        return self.world.schedules

    def queues(self) -> FakeQueues:
        return self.world.queues

    def subscriptions(self) -> FakeSubscriptions:
        return self.world.subscriptions

    def stack_name(self) -> str:
        return self.targets[-1].stack

    def storage(self) -> Storage:
        return Storage("guard-table", BUCKET, "retain")

    def files(self) -> FakeDatasetFiles:
        return self.world.datasets

    def jobs(self) -> FakeTrainingJobs:
        return self.world.jobs

    def quotas(self) -> FakeQuotas:
        return self.world.quotas

    def metrics(self) -> FakeMetricSource:
        return self.world.metrics

    def judge(self) -> Judge:
        return self._judge

    def clock(self) -> FakeClock:
        return self.world.clock

    def waiter(self) -> ScriptedWaiter:
        return self._waiter


def typed(session: FakeSession | None, *words: str | Path) -> Result:
    """What a person sees who types `finetune-guard WORDS`."""
    arguments = [str(word) for word in words]
    return CliRunner().invoke(cli, arguments, obj=cast(Callable[[Target], object], session))
