"""How people are told, runs are carried and time passes, as Protocols."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol, TypeVar

from finetune_guard.core.alerts import Alert
from finetune_guard.core.observations import Execution

T = TypeVar("T")
R = TypeVar("R")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present, UTC and aware."""


class Alerts(Protocol):
    """The topic that mails people."""

    def publish(self, alert: Alert) -> str:
        """Publishes and returns the topic's message id."""


class Workflow(Protocol):
    """Step Functions, seen from outside and from within a waiting run."""

    def start(self, machine_arn: str, name: str, document: str) -> str:
        """Starts an execution and returns its ARN.

        Raises:
            NameTakenError: An execution has the name.
        """

    def complete(self, token: str, document: str) -> bool:
        """Ends a wait; False when nobody waits on the token any more."""

    def heartbeat(self, token: str) -> bool:
        """Keeps a wait alive; False when nobody waits on the token any more."""

    def execution(self, execution_arn: str) -> Execution:
        """Where an execution is.

        Raises:
            NotFoundError: No such execution.
        """


class Workers(Protocol):
    """Does the same to many things, some of them at once."""

    def each(self, act: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """What `act` says of each item, in the items' order, once all are done.

        Raises:
            Exception: What `act` raised first, in the items' order; those not begun by then may be left out.
        """


class WatchBell(Protocol):
    """Asks the watch for a tick now; best effort, since the schedule comes anyway."""

    def ring(self) -> None:
        """Never raises and never waits."""
