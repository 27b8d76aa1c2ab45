"""Reads stored records of any age: their version, the migrations up to today's, and what cannot be read.

A release reads the shapes it writes and those of the version before. What a newer release wrote is refused by
name and left as it is, so that going back to an older release destroys nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import msgspec

from finetune_guard.core.alerts import Alert
from finetune_guard.core.breaker import Breaker
from finetune_guard.core.errors import NewerRecordError, UnreadableRecordError
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.mail_cap import Mails
from finetune_guard.core.observations import BaseModelFacts, Control
from finetune_guard.core.runs import Run

T = TypeVar("T")

#: A record as JSON, before it is typed.
Document = dict[str, object]
#: Makes a document of one version a document of the next; pure, and never told which record it is.
Migration = Callable[[Document], Document]

VERSION_KEY: Final = "schema_version"
#: Records from before the key was written have the first version.
FIRST: Final = 1

#: Where in a record an error is, as msgspec ends its message; only names of ours are in it.
_PLACE: Final = re.compile(r" - at `\$[\w.\[\]]*`\Z")
_REBUILD: Final = "Keep a copy, delete the item, then `finetune-guard rebuild` writes it anew."


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """How one kind of record is stored.

    Attributes:
        kind: Its type today.
        mend: What a person does about one that is damaged.
        version: What `schema_version` is in records that are written today.
        migrations: By the version that each of them begins with; without a gap up to `version`.
    """

    kind: type[T]
    mend: str
    version: int = FIRST
    migrations: Mapping[int, Migration] = field(default_factory=dict)

    @property
    def oldest(self) -> int:
        """The oldest version that can be read."""
        return min(self.migrations, default=self.version)


RUN: Final = Shape(Run, _REBUILD)
JOB: Final = Shape(JobRecord, _REBUILD)
ALERT: Final = Shape(Alert, "Keep a copy and delete the item; metrics/<job>/events.jsonl has what it told.")
CONTROL: Final = Shape(Control, "`finetune-guard kill-switch on`, or off, writes it anew.")
BREAKER: Final = Shape(Breaker, "Delete the item: it holds the stops of the last hour and is begun anew.")
BASE: Final = Shape(BaseModelFacts, "Delete the item: it is learnt anew from the jobs that end.")
MAILS: Final = Shape(Mails, "Nothing: it counts the mails of an hour, and the next tick begins it anew.")
SHAPES: Final = (RUN, JOB, ALERT, CONTROL, BREAKER, BASE, MAILS)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that cannot be read.

    Attributes:
        name: Its keys in the table.
        sentence: What was found, what was expected and what to do; never the record's text.
    """

    name: str
    sentence: str


class Listed(tuple[T, ...]):
    """The records of a query that could be read, as a tuple that also tells of the others.

    Attributes:
        unreadable: Those that could not be read.
    """

    unreadable: tuple[Unreadable, ...]

    def __new__(cls, records: Iterable[T] = (), unreadable: Iterable[Unreadable] = ()) -> "Listed[T]":
        """A list of what could be read, in the order given."""
        listed = super().__new__(cls, records)
        listed.unreadable = tuple(unreadable)
        return listed


def read(text: str, shape: Shape[T], name: str) -> T:
    """The record that `text` is, in today's shape.

    Args:
        text: Its JSON; "" where the item has none.
        shape: What it should be.
        name: Its keys in the table.

    Raises:
        NewerRecordError: A newer release wrote it.
        UnreadableRecordError: It is damaged, or older than what this release reads.
    """
    document = _document(text, shape, name)
    found = document.get(VERSION_KEY, FIRST)
    if not isinstance(found, int):
        raise _damaged(shape, name, f"its {VERSION_KEY} is no whole number")
    if found > shape.version:
        raise _newer(shape, name, found)
    if found < shape.oldest:
        raise _older(shape, name, found)
    return _typed(_migrated(document, found, shape, name), shape, name)


def listed(rows: Iterable[tuple[str, str]], shape: Shape[T]) -> Listed[T]:
    """What can be read of these rows, each a name and its JSON; in their order."""
    records, unreadable = [], []
    for name, text in rows:
        try:
            records.append(read(text, shape, name))
        except UnreadableRecordError as exc:
            unreadable.append(Unreadable(name, str(exc)))
    return Listed(records, unreadable)


def refuse_newer(text: str, shape: Shape[T], name: str) -> None:
    """For writes that overwrite: a damaged record may be written anew, a newer release's may not.

    Raises:
        NewerRecordError: A newer release wrote it.
    """
    try:
        read(text, shape, name)
    except NewerRecordError:
        raise
    except UnreadableRecordError:
        return


def _document(text: str, shape: Shape[T], name: str) -> Document:
    if not text:
        raise _damaged(shape, name, "the item has no attribute `record`")
    try:
        return msgspec.json.decode(text, type=Document)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise _damaged(shape, name, f"it is no JSON object ({_without_values(exc)})") from None


def _migrated(document: Document, found: int, shape: Shape[T], name: str) -> Document:
    for version in range(found, shape.version):
        try:
            document = {**shape.migrations[version](document), VERSION_KEY: version + 1}
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            what = f"its fields are not those of version {version} ({type(exc).__name__})"
            raise _damaged(shape, name, what) from None
    return document


def _typed(document: Document, shape: Shape[T], name: str) -> T:
    try:
        return msgspec.convert(document, shape.kind, strict=False)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise _damaged(shape, name, _without_values(exc)) from None


def _without_values(exc: Exception) -> str:
    """The error with its place, but without any value that it quotes: people wrote some of a record."""
    said, quoted, _ = str(exc).partition("'")
    said, quoted_too, _ = said.partition('"')
    place = _PLACE.search(str(exc))
    return f"{said}(not shown){place.group() if place else ''}" if quoted or quoted_too else said


def _damaged(shape: Shape[T], name: str, what: str) -> UnreadableRecordError:
    return UnreadableRecordError(
        f"The record {name} cannot be read: {what}. Expected a {shape.kind.__name__} of {_versions(shape)}. "
        f"It is left as it is. {shape.mend}"
    )


def _newer(shape: Shape[T], name: str, found: int) -> NewerRecordError:
    return NewerRecordError(
        f"The record {name} is of {VERSION_KEY} {found}, written by a newer release; this one reads "
        f"{_versions(shape)}. It is left as it is. Deploy the newer release, and run its finetune-guard."
    )


def _older(shape: Shape[T], name: str, found: int) -> UnreadableRecordError:
    return UnreadableRecordError(
        f"The record {name} is of {VERSION_KEY} {found}; this release reads {_versions(shape)}. It is left "
        "as it is. Let the release in between read and write it first, or keep a copy and delete the item."
    )


def _versions(shape: Shape[T]) -> str:
    if shape.oldest == shape.version:
        return f"{VERSION_KEY} {shape.version}"
    return f"{VERSION_KEY} {shape.oldest} to {shape.version}"
