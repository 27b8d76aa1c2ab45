"""Stores that RunStore is proved on: the fake, and DynamoDB by moto."""

from collections.abc import Callable
from dataclasses import dataclass

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.core.errors import GuardError
from finetune_guard.ports import RunStore
from tests.contracts import moto_world
from tests.fakes.seam import Faults, Seam
from tests.fakes.store import FakeRunStore


class ReplyLostError(GuardError):
    """What a caller sees when the reply to a write is lost."""


@dataclass
class Stores:
    """The store under test, a second process over the same table, and a way to lose the reply of a write."""

    store: RunStore
    other: RunStore
    lose_next_reply: Callable[[str], None]


def fake() -> Stores:
    faults = Faults()
    store = FakeRunStore(Seam(faults))
    return Stores(store, store.another_writer(), lambda call: _lose(faults, call))


def _lose(faults: Faults, call: str) -> None:
    faults.add(f"store.{call}", ReplyLostError("lost"), when="after")


def dynamodb(clients: Clients) -> Stores:
    client, table = clients.dynamodb, moto_world.table(clients)
    first, second = (DynamoRuns(DynamoTable(client, table, writer)) for writer in ("first", "second"))
    return Stores(first, second, lambda _: moto_world.lose_the_next_reply(client, "dynamodb", "PutItem"))


def retried(write: Callable[[], object]) -> object:
    """The write, and once more when its reply is lost."""
    try:
        return write()
    except ReplyLostError:
        return write()
