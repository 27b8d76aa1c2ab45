"""What the services say of the stack itself, as Protocols; all of it is only read.

Raises (every method):
    NotFoundError: There is no such thing.
    AccessRefusedError: The caller may not ask.
    ServiceError: The service does not answer, or not so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from finetune_guard.core.doctoring.facts import (
    AlarmFacts,
    Caller,
    FunctionFacts,
    ScheduleFacts,
    Series,
    StackFacts,
    Subscription,
)


class Identity(Protocol):
    """Who the credentials are."""

    def caller(self) -> Caller:
        """The caller; needs no right."""


class Stacks(Protocol):
    """Deployed stacks."""

    def facts(self, stack: str) -> StackFacts:
        """The stack's status, outputs and resources."""


class Functions(Protocol):
    """Deployed functions."""

    def facts(self, name: str) -> FunctionFacts:
        """The function's state and what it runs."""


class Telemetry(Protocol):
    """Alarms and metrics."""

    def alarms(self, names: Sequence[str]) -> tuple[AlarmFacts, ...]:
        """The alarms of these names that there are."""

    def newest(self, series: Series, since: datetime, until: datetime) -> datetime | None:
        """Start of the newest minute in which the series counted something; None for none."""


class Schedules(Protocol):
    """What is called by the clock."""

    def facts(self, name: str) -> ScheduleFacts:
        """The schedule's state and target."""


class Queues(Protocol):
    """Queues of what could not be delivered."""

    def messages(self, url: str) -> int:
        """How many messages wait in it or are being read, approximately."""


class Subscriptions(Protocol):
    """Who gets what a topic publishes."""

    def of(self, topic_arn: str) -> tuple[Subscription, ...]:
        """Every subscription of the topic, confirmed or not."""
