"""Rows of one DynamoDB table: conditional writes that know their own, and queries that read every page."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from finetune_guard.aws.dynamo_rows import Row
from finetune_guard.aws.errors import code_of, translated
from finetune_guard.core.errors import RequestRejectedError
from finetune_guard.core.names import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, UniversalAttributeValueTypeDef

INDEX: Final = "due"
#: DynamoDB's limit for an item is 400 KB, its names and the copy of its keys in the index included.
LARGEST_RECORD: Final = 390 * 1024


class DynamoTable:
    """One table with the keys and the index of docs/adr/0001.

    Args:
        client: A DynamoDB client.
        table: The table's name.
        writer: Names this process among all that write; a retried write is known by it, another's never is.
    """

    def __init__(self, client: "DynamoDBClient", table: str, writer: str) -> None:
        self._client = client
        self._table = table
        self._writer = writer

    def put(self, row: Row, expected: int) -> Row | None:
        """Writes the row if the stored version is the expected one, 0 for none.

        Returns:
            None when the row is written, also by an earlier try of this very write whose reply was lost;
            otherwise the row that stands in the way.

        Raises:
            RequestRejectedError: The record is larger than an item may be.
        """
        mine = replace(row, writer=self._mark(row.record))
        _refuse_what_is_too_large(mine)
        with translated("write the record", row.name):
            return self._put(mine, expected)

    def wrote(self, stored: Row, record: str) -> bool:
        """Whether this process wrote the stored row with that very record."""
        return stored.writer == self._mark(record)

    def overwrite(self, row: Row) -> None:
        """Writes the row whatever is stored: the last one wins."""
        _refuse_what_is_too_large(row)
        with translated("write the record", row.name):
            self._client.put_item(TableName=self._table, Item=_item(row))

    def get(self, pk: str, sk: str) -> Row | None:
        """The row, read consistently."""
        with translated("read the record", f"{pk} {sk}"):
            found = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
            )
        return _row(found["Item"]) if "Item" in found else None

    def between(self, pk: str, first_sk: str, last_sk: str) -> Iterator[Row]:
        """The rows of a partition whose sort keys lie between the two, both included; read consistently."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={":pk": {"S": pk}, ":first": {"S": first_sk}, ":last": {"S": last_sk}},
            ConsistentRead=True,
        )
        with translated("read the records of", pk):
            for page in pages:
                yield from map(_row, page["Items"])

    def due(self, due_pk: str, *, newest_first: bool = False) -> Iterator[Row]:
        """The rows in one partition of the index, oldest first; eventually consistent, page by page."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="due_pk = :due",
            ExpressionAttributeValues={":due": {"S": due_pk}},
            ScanIndexForward=not newest_first,
        )
        with translated("read the records that are", due_pk):
            for page in pages:
                yield from map(_row, page["Items"])

    def _mark(self, record: str) -> str:
        return digest(self._writer, record)

    def _put(self, row: Row, expected: int) -> Row | None:
        try:
            if expected:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(row),
                    ConditionExpression="version = :expected",
                    ExpressionAttributeValues={":expected": {"N": str(expected)}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            else:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(row),
                    ConditionExpression="attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as exc:
            if code_of(exc) != "ConditionalCheckFailedException":
                raise
            stored = _stored(exc)
            return None if stored and stored.writer == row.writer else stored or replace(row, version=0)
        return None


def _stored(exc: ClientError) -> Row | None:
    """The item that a failed condition returns; None when there was none."""
    item = exc.response.get("Item")
    return _row(item) if item else None  # type: ignore[arg-type]


def _item(row: Row) -> "Mapping[str, UniversalAttributeValueTypeDef]":
    item: dict[str, UniversalAttributeValueTypeDef] = {
        "pk": {"S": row.pk},
        "sk": {"S": row.sk},
        "record": {"S": row.record},
        "version": {"N": str(row.version)},
    }
    texts = {"due_pk": row.due_pk, "due_sk": row.due_sk, "writer": row.writer}
    return item | {name: {"S": text} for name, text in texts.items() if text}


def _row(item: "Mapping[str, AttributeValueTypeDef]") -> Row:
    absent: AttributeValueTypeDef = {"S": ""}
    return Row(
        pk=item["pk"]["S"],
        sk=item["sk"]["S"],
        record=item.get("record", absent).get("S", ""),
        version=_whole(item.get("version", absent).get("N", "")),
        due_pk=item.get("due_pk", absent).get("S", ""),
        due_sk=item.get("due_sk", absent).get("S", ""),
        writer=item.get("writer", absent).get("S", ""),
    )


def _whole(number: str) -> int:
    """A version; 0, which no stored one is, for what somebody has written by hand in its place."""
    return int(number) if number.isascii() and number.isdigit() else 0


def _refuse_what_is_too_large(row: Row) -> None:
    size = len(row.record.encode())
    if size > LARGEST_RECORD:
        raise RequestRejectedError(
            f"The record {row.name} has {size:,} bytes, an item holds {LARGEST_RECORD:,}; "
            "nothing was written. Shorten the config, its tags and thresholds.",
            "ValidationException",
        )
