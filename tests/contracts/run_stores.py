"""Stores that RunStore is proved on: the fake, and DynamoDB by moto."""

from collections.abc import Callable
from dataclasses import dataclass

from finetune_guard.aws import dynamo_rows
from finetune_guard.aws.clients import Clients
from finetune_guard.aws.dynamo_runs import DynamoRuns
from finetune_guard.aws.dynamo_table import DynamoTable
from finetune_guard.core.alerts import Alert
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.errors import GuardError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run
from finetune_guard.ports import RunStore
from tests.contracts import moto_world
from tests.fakes.seam import Faults, Seam
from tests.fakes.store import FakeRunStore, key_of

Record = Run | JobRecord | Alert | Control | Breaker | BaseModelFacts | Mails
#: Makes another text of a stored record's JSON; None takes the record out of its item.
Spoiling = Callable[[str], str | None]


class ReplyLostError(GuardError):
    """What a caller sees when the reply to a write is lost."""


@dataclass
class Stores:
    """The store under test, a second process over the same table, and what may befall them.

    Attributes:
        lose_next_reply: Loses the reply of the next write by a method of that name.
        spoil: Changes the text of a record that is stored.
        text: The text of a record that is stored; "" where its item has none.
    """

    store: RunStore
    other: RunStore
    lose_next_reply: Callable[[str], None]
    spoil: Callable[[Record, Spoiling], None]
    text: Callable[[Record], str]


def fake() -> Stores:
    faults = Faults()
    store = FakeRunStore(Seam(faults))

    def spoil(record: Record, spoiling: Spoiling) -> None:
        row = store.rows[key_of(record)]
        store.rows[key_of(record)] = row._replace(text=spoiling(row.text) or "")

    def text(record: Record) -> str:
        return store.rows[key_of(record)].text

    return Stores(store, store.another_writer(), lambda call: _lose(faults, call), spoil, text)


def _lose(faults: Faults, call: str) -> None:
    faults.add(f"store.{call}", ReplyLostError("lost"), when="after")


def dynamodb(clients: Clients) -> Stores:
    client, table = clients.dynamodb, moto_world.table(clients)
    first, second = (DynamoRuns(DynamoTable(client, table, writer)) for writer in ("first", "second"))

    def text(record: Record) -> str:
        found = client.get_item(TableName=table, Key=_key(record))["Item"]
        return found["record"]["S"] if "record" in found else ""

    def spoil(record: Record, spoiling: Spoiling) -> None:
        item = client.get_item(TableName=table, Key=_key(record))["Item"]
        spoiled = spoiling(text(record))
        others = {name: value for name, value in item.items() if name != "record"}
        client.put_item(
            TableName=table, Item=others if spoiled is None else {**others, "record": {"S": spoiled}}
        )

    def lose(_: str) -> None:
        moto_world.lose_the_next_reply(client, "dynamodb", "PutItem")

    return Stores(first, second, lose, spoil, text)


def _key(record: Record) -> dict[str, dict[str, str]]:
    row = _row(record)
    return {"pk": {"S": row.pk}, "sk": {"S": row.sk}}


def _row(record: Record) -> dynamo_rows.Row:
    match record:
        case Run():
            return dynamo_rows.run_row(record)
        case JobRecord():
            return dynamo_rows.job_row(record)
        case Alert():
            return dynamo_rows.alert_row(record, 1)
        case BaseModelFacts():
            return dynamo_rows.base_model_row(record)
    return _only_row(record)


def _only_row(record: Control | Breaker | Mails) -> dynamo_rows.Row:
    """Of the kinds of which the table has one."""
    match record:
        case Control():
            return dynamo_rows.control_row(record)
        case Breaker():
            return dynamo_rows.breaker_row(record)
        case Mails():
            return dynamo_rows.mails_row(record)


def retried(write: Callable[[], object]) -> object:
    """The write, and once more when its reply is lost."""
    try:
        return write()
    except ReplyLostError:
        return write()
