"""One pass over a training or validation file: every record judged, nothing of it kept.

Memory is one chunk and one line, however large the file; what is told of a fault is its code, its count and
the first places.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.lines import Line, lines_of
from finetune_guard.core.datasets.record_json import read_record
from finetune_guard.core.datasets.schemas import Content, read_content
from finetune_guard.core.hyperparameters.base_model import RecordSchema
from finetune_guard.core.plans import TokenRange

#: AWS's planning number (model-customization-prepare).
CHARACTERS_A_TOKEN_LOW = 6
#: Code and languages that are not English need more tokens; a guess.
CHARACTERS_A_TOKEN_HIGH = 3
#: A fault is told with this many places.
PLACES = 5

BOM = b"\xef\xbb\xbf"
COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fault is: line from 1, byte offset of the line from 0."""

    line: int
    offset: int


@dataclass(frozen=True, slots=True)
class FoundFault:
    """One kind of fault in one file.

    Attributes:
        count: How often.
        places: The first PLACES of them.
    """

    fault: DataFault
    count: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a file found.

    Attributes:
        records: Lines that are not blank.
        size: Bytes read.
        sha256: Of the bytes read, hexadecimal.
        tokens: Of all sound records, estimated from their characters.
        longest: Of the longest record.
        faults: In order of their codes.
        whole: False when reading ended at the limit, or at once since the file is no text.
    """

    records: int
    size: int
    sha256: str
    tokens: TokenRange
    longest: TokenRange
    faults: tuple[FoundFault, ...]
    whole: bool = True


def tokens_of(characters: int) -> TokenRange:
    """Tokens that a text of so many characters may have, rounded up."""
    return TokenRange(-(-characters // CHARACTERS_A_TOKEN_LOW), -(-characters // CHARACTERS_A_TOKEN_HIGH))


def read_line(line: Line, schema: RecordSchema) -> Content:
    """One line that is not blank, judged."""
    if line.content is None:
        return Content((DataFault.TOO_LONG,))
    content = line.content.removeprefix(BOM) if line.number == 1 else line.content
    record = read_record(content)
    return Content((record,)) if isinstance(record, DataFault) else read_content(record, schema)


def blank(line: Line) -> bool:
    """Whether a line holds nothing but white space."""
    return line.content is not None and not line.content.removeprefix(BOM).strip()


def scan(
    chunks: Iterable[bytes], schema: RecordSchema, max_tokens: int | None, max_bytes: int | None = None
) -> Scan:
    """Reads a file once, from first to last byte, and judges every record.

    Args:
        chunks: The file's bytes.
        schema: What a record must be.
        max_tokens: Most tokens of one record; None where no source tells.
        max_bytes: Reading ends here; None for no limit.
    """
    feed = _Feed(iter(chunks), max_bytes)
    tally = _Tally(schema, max_tokens)
    unfit = _no_text(feed.head)
    if unfit:
        tally.note(unfit, Place(1, 0))
    else:
        tally.read(lines_of(feed))
    return tally.result(feed, whole=not (unfit or feed.cut))


def _no_text(head: bytes) -> DataFault | None:
    if head.startswith(COMPRESSED):
        return DataFault.COMPRESSED
    nul_heavy = head[:4].count(0) >= 1 and head[:64].count(0) >= 2
    return DataFault.UTF16 if head.startswith(WIDE) or nul_heavy else None


class _Feed:
    """Passes chunks on, counting and hashing them, up to a limit."""

    def __init__(self, chunks: Iterator[bytes], limit: int | None) -> None:
        self._chunks, self._limit = chunks, limit
        self._hash = hashlib.sha256()
        self._first = next(chunks, b"")
        while len(self._first) < 64 and (more := next(chunks, b"")):
            self._first += more
        self.head = self._first[:64]
        self.size, self.cut = 0, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pass(self._first)
        for chunk in self._chunks:
            if self._limit is not None and self.size + len(chunk) > self._limit:
                self.cut = True
                return
            yield from self._pass(chunk)

    def _pass(self, chunk: bytes) -> Iterator[bytes]:
        self.size += len(chunk)
        self._hash.update(chunk)
        yield chunk

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@dataclass(slots=True)
class _Tally:
    """Counts over the lines of one file."""

    schema: RecordSchema
    max_tokens: int | None
    records: int = 0
    low: int = 0
    high: int = 0
    most_characters: int = 0
    counts: dict[DataFault, int] = field(default_factory=dict)
    places: dict[DataFault, list[Place]] = field(default_factory=dict)

    def note(self, fault: DataFault, place: Place, count: int = 1) -> None:
        self.counts[fault] = self.counts.get(fault, 0) + count
        known = self.places.setdefault(fault, [])
        if len(known) < PLACES:
            known.append(place)

    def read(self, lines: Iterator[Line]) -> None:
        """Blank lines count only where a record follows: at the end of a file they do no harm."""
        first_blank, blanks = Place(1, 0), 0
        for line in lines:
            place = Place(line.number, line.offset)
            if line.number == 1 and line.content is not None and line.content.startswith(BOM):
                self.note(DataFault.BOM, place)
            if blank(line):
                first_blank, blanks = (first_blank if blanks else place), blanks + 1
                continue
            if blanks:
                self.note(DataFault.BLANK_LINE, first_blank, blanks)
                blanks = 0
            self._record(read_line(line, self.schema), place)
        if not self.records:
            self.note(DataFault.EMPTY, Place(1, 0))

    def _record(self, content: Content, place: Place) -> None:
        self.records += 1
        for fault in content.faults:
            self.note(fault, place)
        tokens = tokens_of(content.characters)
        self.low, self.high = self.low + tokens.low, self.high + tokens.high
        self.most_characters = max(self.most_characters, content.characters)
        if self.max_tokens is not None and tokens.high > self.max_tokens:
            over = tokens.low > self.max_tokens
            self.note(DataFault.OVER_TOKENS if over else DataFault.PERHAPS_OVER_TOKENS, place)

    def result(self, feed: _Feed, *, whole: bool) -> Scan:
        faults = tuple(
            FoundFault(fault, self.counts[fault], tuple(self.places[fault])) for fault in sorted(self.counts)
        )
        tokens = TokenRange(self.low, self.high)
        longest = tokens_of(self.most_characters)
        return Scan(self.records, feed.size, feed.sha256, tokens, longest, faults, whole)
