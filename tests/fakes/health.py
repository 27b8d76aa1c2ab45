"""What the services say of a deployed stack, in memory: all is well but for what a test changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from finetune_guard.core.doctoring.deployment import RUNTIME
from finetune_guard.core.doctoring.facts import (
    AlarmFacts,
    Caller,
    FunctionFacts,
    Kind,
    ScheduleFacts,
    Series,
    StackFacts,
    StackResource,
    Subscription,
)
from finetune_guard.core.errors import NotFoundError
from tests.fakes.seam import Seam, Seamed, outgoing

T = TypeVar("T")

ACCOUNT, REGION, STACK = "123456789012", "us-west-2", "FinetuneGuard"
VERSION = "1.2.3"
WATCH, CLEAN_UP = "guard-watch", "guard-clean-up"
ALERTS, OPS = (f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}" for name in ("alerts", "ops"))
LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:guard:3"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/guard-bedrock"
LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)

OUTPUTS = {
    "Version": VERSION,
    "BucketName": "guard-bucket",
    "BucketNames": "guard-bucket,guard-data",
    "BedrockRoleArn": ROLE,
    "BedrockRoleArns": ROLE,
    "AlertTopicArn": ALERTS,
    "OpsTopicArn": OPS,
    "WatchFunctionName": WATCH,
}
RESOURCES = (
    StackResource("WatchFunction957C0123", Kind.FUNCTION, WATCH),
    StackResource("CleanUpFunction560DBEF4", Kind.FUNCTION, CLEAN_UP),
    StackResource("LayersGuardDB2F609B", Kind.LAYER, LAYER),
    StackResource("AlarmsTickMissingD5B83F11", Kind.ALARM, "tick-missing"),
    StackResource("AlarmsRunsFailedCB8EA06C", Kind.ALARM, "runs-failed"),
    StackResource("TimetableTickDF979054", Kind.SCHEDULE, "tick"),
    StackResource("TimetableCleanUp7CF60A2C", Kind.SCHEDULE, "clean-up"),
    StackResource("TimetableLostCalls8E41C0FA", Kind.QUEUE, "https://sqs/lost-calls"),
    StackResource("AlertsUndelivered89951F36", Kind.QUEUE, "https://sqs/undelivered"),
    StackResource("RunStoreTable02C47722", "AWS::DynamoDB::GlobalTable", "runs"),
)


class FakeIdentity(Seamed):
    """One caller."""

    port = "identity"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.who = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ada")

    @outgoing
    def caller(self) -> Caller:
        return self.who


class FakeStacks(Seamed):
    """One stack, deployed to the end; a test may change it."""

    port = "stacks"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/1"
        self.deployed = {STACK: StackFacts(arn, "CREATE_COMPLETE", OUTPUTS, RESOURCES)}

    def change(self, **changes: object) -> None:
        self.deployed[STACK] = replace(self.deployed[STACK], **changes)  # type: ignore[arg-type]

    def tell(self, **outputs: str) -> None:
        """Outputs other than those of the start; "" takes one away."""
        told = {**self.deployed[STACK].outputs, **outputs}
        self.change(outputs={key: value for key, value in told.items() if value})

    @outgoing
    def facts(self, stack: str) -> StackFacts:
        if stack not in self.deployed:
            raise NotFoundError(f"There is no stack {stack}. Deploy it with `cdk deploy`.", "ValidationError")
        return self.deployed[stack]


class FakeFunctions(Seamed):
    """Functions that are well."""

    port = "functions"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        well = FunctionFacts("Active", "Successful", RUNTIME, (LAYER,))
        self.deployed = dict.fromkeys((WATCH, CLEAN_UP), well)

    def change(self, name: str, **changes: object) -> None:
        self.deployed[name] = replace(self.deployed[name], **changes)  # type: ignore[arg-type]

    @outgoing
    def facts(self, name: str) -> FunctionFacts:
        return _found(self.deployed, name)


class FakeTelemetry(Seamed):
    """Alarms that are OK, and metrics that a test counts."""

    port = "telemetry"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        names = ("tick-missing", "runs-failed")
        self.known = {name: AlarmFacts(name, "OK", LONG_AGO) for name in names}
        self.counted: dict[str, list[datetime]] = {}

    def change(self, name: str, **changes: object) -> None:
        self.known[name] = replace(self.known[name], **changes)  # type: ignore[arg-type]

    @outgoing
    def alarms(self, names: Sequence[str]) -> tuple[AlarmFacts, ...]:
        return tuple(self.known[name] for name in names if name in self.known)

    @outgoing
    def newest(self, series: Series, since: datetime, until: datetime) -> datetime | None:
        minutes = (at.replace(second=0, microsecond=0) for at in self.counted.get(series.name, ()))
        return max((minute for minute in minutes if since <= minute <= until), default=None)


class FakeSchedules(Seamed):
    """Two schedules that are on."""

    port = "schedules"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
        self.known = {
            "tick": ScheduleFacts("ENABLED", "rate(1 minute)", function + WATCH),
            "clean-up": ScheduleFacts("ENABLED", "rate(1 hour)", function + CLEAN_UP),
        }

    def change(self, name: str, **changes: str) -> None:
        self.known[name] = replace(self.known[name], **changes)

    @outgoing
    def facts(self, name: str) -> ScheduleFacts:
        return _found(self.known, name)


class FakeQueues(Seamed):
    """Two empty queues."""

    port = "queues"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        self.waiting = {"https://sqs/lost-calls": 0, "https://sqs/undelivered": 0}

    @outgoing
    def messages(self, url: str) -> int:
        return _found(self.waiting, url)


class FakeSubscriptions(Seamed):
    """Two topics that one person reads."""

    port = "subscriptions"

    def __init__(self, seam: Seam | None = None) -> None:
        super().__init__(seam)
        ada = Subscription("email", "ada@example.com", confirmed=True)
        self.known: dict[str, tuple[Subscription, ...]] = {ALERTS: (ada,), OPS: (ada,)}

    @outgoing
    def of(self, topic_arn: str) -> tuple[Subscription, ...]:
        return _found(self.known, topic_arn)


def _found(known: Mapping[str, T], name: str) -> T:
    if name not in known:
        raise NotFoundError(f"There is no {name}.", "ResourceNotFoundException")
    return known[name]
