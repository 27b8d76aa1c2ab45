"""One pass over a training or validation file: every record judged, none of its text kept.

Memory is one chunk and one line, and where the records are to be compared 36 bytes for each
(fingerprints.py); what is told of a fault is its code, its count and the first places.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.fingerprints import Fingerprints
from finetune_guard.core.datasets.lines import BOM, Block, Line, blocks_of, lines_in
from finetune_guard.core.datasets.places import FaultTally, FoundFault
from finetune_guard.core.datasets.reading import RecordReader
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.schemas import Content
from finetune_guard.core.plans import TokenRange

#: AWS's planning number (model-customization-prepare).
CHARACTERS_A_TOKEN_LOW = 6
#: Code and languages that are not English need more tokens; AWS's validator for Claude 3 Haiku counts so too.
CHARACTERS_A_TOKEN_HIGH = 3

COMPRESSED = (b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
WIDE = (b"\xff\xfe", b"\xfe\xff")


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


def scan(
    chunks: Iterable[bytes],
    rules: RecordRules,
    max_bytes: int | None = None,
    fingerprints: Fingerprints | None = None,
) -> Scan:
    """Reads a file once, from first to last byte, and judges every record.

    Args:
        chunks: The file's bytes.
        rules: What a record must be.
        max_bytes: Reading ends here; None for no limit.
        fingerprints: Takes what comparing the records needs; None where they are not compared.
    """
    feed = _Feed(iter(chunks), max_bytes)
    tally = _Tally(rules, fingerprints)
    unfit = _no_text(feed.head)
    if unfit:
        tally.faults.note(unfit, 1, 0)
    else:
        tally.read(blocks_of(feed))
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

    rules: RecordRules
    fingerprints: Fingerprints | None
    records: int = 0
    low: int = 0
    high: int = 0
    most_characters: int = 0
    media: str = ""
    first_blank: tuple[int, int] = (1, 0)
    blanks: int = 0
    faults: FaultTally = field(default_factory=FaultTally)

    def read(self, blocks: Iterator[Block]) -> None:
        """Judges every line; a block of good ones at once."""
        reader = RecordReader(self.rules)
        for block in blocks:
            contents = reader.read_block(block)
            if contents is not None:
                self._records(contents, block.number, block.offsets)
                continue
            for line in lines_in(block):
                self._line(line, reader.read(line))
        if not self.records:
            self.faults.note(DataFault.EMPTY, 1, 0)

    def _line(self, line: Line, content: Content | None) -> None:
        if line.number == 1 and line.content is not None and line.content.startswith(BOM):
            self.faults.note(DataFault.BOM, 1, 0)
        if content is not None:
            self._records([content], line.number, [line.offset])
            return
        if not self.blanks:
            self.first_blank = (line.number, line.offset)
        self.blanks += 1

    def _records(self, contents: list[Content], number: int, offsets: list[int]) -> None:
        """Counts records that follow each other.

        Blank lines count only where a record follows: at the end of a file they do no harm.
        """
        if self.blanks:
            self.faults.note(DataFault.BLANK_LINE, *self.first_blank, self.blanks)
            self.blanks = 0
        self.records += len(contents)
        self._count_tokens([content.characters for content in contents])
        harmless = (self.rules.max_tokens or 1 << 40) * CHARACTERS_A_TOKEN_HIGH
        for place, content in enumerate(contents):
            if content.faults or content.media or content.characters > harmless:
                for fault in (*content.faults, *self._beyond(content)):
                    self.faults.note(fault, number + place, offsets[place])
        if self.fingerprints is not None:
            self.fingerprints.add(contents, number, offsets)

    def _count_tokens(self, characters: list[int]) -> None:
        self.low += sum([-(-some // CHARACTERS_A_TOKEN_LOW) for some in characters])
        self.high += sum([-(-some // CHARACTERS_A_TOKEN_HIGH) for some in characters])
        self.most_characters = max(self.most_characters, *characters)

    def _beyond(self, content: Content) -> Iterator[DataFault]:
        """What the record's rules do not see: its tokens, and media of another kind than before it."""
        most = self.rules.max_tokens
        tokens = tokens_of(content.characters)
        if most is not None and tokens.high > most:
            yield DataFault.OVER_TOKENS if tokens.low > most else DataFault.PERHAPS_OVER_TOKENS
        if content.media and self.rules.media and self.rules.media.one_kind:
            self.media = self.media or content.media
            if content.media != self.media:
                yield DataFault.MIXED_MEDIA

    def result(self, feed: _Feed, *, whole: bool) -> Scan:
        tokens = TokenRange(self.low, self.high)
        longest = tokens_of(self.most_characters)
        return Scan(self.records, feed.size, feed.sha256, tokens, longest, self.faults.found, whole)
