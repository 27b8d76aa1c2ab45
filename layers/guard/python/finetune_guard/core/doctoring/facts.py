"""What the services say of a deployed stack, as values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

#: The CDK ends a logical id with eight digits of a hash.
_HASH = re.compile(r"[0-9A-F]{8}$")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        account: The account that the credentials are of.
        arn: The user or role.
    """

    account: str
    arn: str


class Kind(StrEnum):
    """The kinds of resources that are looked at, as CloudFormation names them."""

    FUNCTION = "AWS::Lambda::Function"
    LAYER = "AWS::Lambda::LayerVersion"
    ALARM = "AWS::CloudWatch::Alarm"
    SCHEDULE = "AWS::Scheduler::Schedule"
    QUEUE = "AWS::SQS::Queue"


@dataclass(frozen=True, slots=True)
class StackResource:
    """One resource of a stack.

    Attributes:
        logical_id: Its name in the template.
        kind: Such as "AWS::Lambda::Function".
        name: What the service calls it: a name, an ARN or a URL, as the kind has it; "" before it is made.
    """

    logical_id: str
    kind: str
    name: str

    @property
    def short(self) -> str:
        """The name in the template as a person reads it, without the CDK's hash."""
        return _HASH.sub("", self.logical_id)


@dataclass(frozen=True, slots=True)
class StackFacts:
    """What CloudFormation says of a stack.

    Attributes:
        arn: With region and account.
        status: Verbatim, such as "UPDATE_COMPLETE".
        outputs: By their key.
        resources: Everything that it made.
        reason: Why the status is what it is; "" where nothing is said.
    """

    arn: str
    status: str
    outputs: Mapping[str, str]
    resources: tuple[StackResource, ...]
    reason: str = ""

    @property
    def region(self) -> str:
        """Where it is."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Whose it is."""
        return self.arn.split(":")[4]

    @property
    def partition(self) -> str:
        """Such as "aws"."""
        return self.arn.split(":")[1]

    def of(self, kind: Kind) -> tuple[StackResource, ...]:
        """Its resources of one kind, by their names in the template."""
        found = (resource for resource in self.resources if resource.kind == kind)
        return tuple(sorted(found, key=lambda resource: resource.logical_id))


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What Lambda says of a function.

    Attributes:
        state: Verbatim: Active, Inactive (it slept long and wakes at the next call), Pending or Failed.
        last_update: Verbatim: Successful, InProgress or Failed.
        runtime: Such as "python3.13".
        layers: ARNs of its layers, each with its version.
        reason: Why it is not well; "" where nothing is said.
    """

    state: str
    last_update: str
    runtime: str
    layers: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """What CloudWatch says of an alarm.

    Attributes:
        name: Which.
        state: Verbatim: OK, ALARM or INSUFFICIENT_DATA.
        since: Since when.
        tells: Whether it tells anybody; its actions can be switched off.
    """

    name: str
    state: str
    since: datetime
    tells: bool = True


@dataclass(frozen=True, slots=True)
class ScheduleFacts:
    """What EventBridge Scheduler says of a schedule.

    Attributes:
        state: Verbatim: ENABLED or DISABLED.
        expression: Such as "rate(1 minute)".
        target: ARN of what it calls.
    """

    state: str
    expression: str
    target: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who is to get what a topic publishes.

    Attributes:
        protocol: Such as "email" or "sqs".
        endpoint: A mail address, or an ARN.
        confirmed: Whether the subscriber has agreed; SNS sends nothing before.
    """

    protocol: str
    endpoint: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of CloudWatch.

    Attributes:
        namespace: Such as "FinetuneGuard".
        name: Such as "Ticks".
        dimensions: By their names.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
