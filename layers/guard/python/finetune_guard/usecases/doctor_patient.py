"""What the doctor is asked about, whom it may ask, and what it knows so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from finetune_guard.core.alerts import Alert
from finetune_guard.core.doctoring.checks import Check
from finetune_guard.core.doctoring.facts import Caller, Kind, StackFacts, StackResource
from finetune_guard.core.errors import GuardError, NotFoundError
from finetune_guard.ports import (
    Buckets,
    Clock,
    Functions,
    Identity,
    Queues,
    Quotas,
    RolePolicies,
    RunStore,
    Schedules,
    Stacks,
    Subscriptions,
    Telemetry,
    TrainingJobs,
)
from finetune_guard.usecases.waiting import Waiter

T = TypeVar("T")


class DoctorTools(Protocol):
    """Whom to ask; making a tool may already fail, as asking it may."""

    def stack_name(self) -> str:
        """Name of the stack."""

    def region(self) -> str | None:
        """Where it is looked for; None where nobody says."""

    def identity(self) -> Identity:
        """Who the credentials are."""

    def stacks(self) -> Stacks:
        """Deployed stacks."""

    def functions(self) -> Functions:
        """Deployed functions."""

    def telemetry(self) -> Telemetry:
        """Alarms and metrics."""

    def schedules(self) -> Schedules:
        """What is called by the clock."""

    def queues(self) -> Queues:
        """Dead letters."""

    def subscriptions(self) -> Subscriptions:
        """Who gets what a topic publishes."""

    def jobs(self) -> TrainingJobs:
        """Bedrock."""

    def quotas(self) -> Quotas:
        """The account's quotas."""

    def buckets(self) -> Buckets:
        """Buckets."""

    def roles(self) -> RolePolicies:
        """Roles."""

    def store(self) -> RunStore:
        """The stack's table."""

    def clock(self) -> Clock:
        """The time."""

    def waiter(self) -> Waiter:
        """Waits between two looks."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked for.

    Attributes:
        version: That of the package that asks.
        base_model: A base model that shall be there; None for any.
        test_alert: Whether an alert is sent.
    """

    version: str
    base_model: str | None = None
    test_alert: bool = True


class NoStackError(Exception):
    """The question is about a stack that could not be read."""


class NoOutputError(Exception):
    """The question is about something that the stack does not name."""


@dataclass(slots=True)
class Patient:
    """What is asked about, and what is known so far.

    Attributes:
        tools: Whom to ask.
        wishes: What is asked for.
        who: Who asks, or why that is not known.
        found: The stack, or why it could not be read; None where nobody was asked.
        sent: The test alert as last seen; None where there is none.
        readers: Confirmed subscriptions of the alert topic; None where that is not known.
    """

    tools: DoctorTools
    wishes: Wishes
    who: Caller | GuardError
    found: StackFacts | GuardError | None
    sent: Alert | None = None
    readers: int | None = None

    @property
    def stack(self) -> StackFacts:
        """The stack.

        Raises:
            NoStackError: It could not be read.
        """
        if not isinstance(self.found, StackFacts):
            raise NoStackError
        return self.found

    @property
    def store(self) -> RunStore:
        """The stack's table.

        Raises:
            NoStackError: The stack could not be read.
        """
        self.stack  # noqa: B018  raises
        return self.tools.store()

    def output(self, key: str) -> str:
        """One of the stack's outputs.

        Raises:
            NoOutputError: It has none of this name.
        """
        if key not in self.stack.outputs:
            raise NoOutputError(f"The stack has no output {key}: it is not ours, or of another version.")
        return self.stack.outputs[key]

    def each(self, kind: Kind, ask: Callable[[str], T]) -> dict[str, T | None]:
        """The answer for each resource of a kind, by its name in the template; None for what is not there."""
        return {resource.short: _there(resource, ask) for resource in self.stack.of(kind)}


Look = Callable[[Patient], Iterator[Check]]


def _there(resource: StackResource, ask: Callable[[str], T]) -> T | None:
    try:
        return ask(resource.name)
    except NotFoundError:
        return None
