"""Lines of a file that arrives in chunks, with their place in it, in bounded memory.

A line longer than the cap is counted and never held: a 400 MB line costs one chunk (fault row
52). StreamingBody.iter_lines is not used, since it holds a line whole, however long.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

#: Longest line that is read; no family takes a record near it (32,000 tokens are about 192 KB).
LONGEST_LINE = 1 << 20

BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line; a tuple, since one is made for every record.

    Attributes:
        number: From 1.
        offset: Byte offset of its first byte in the file.
        length: Bytes without the line end.
        content: Its bytes without the line end; None when it is longer than the cap.
    """

    number: int
    offset: int
    length: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines that follow each other.

    Attributes:
        number: Of the first line, from 1.
        offset: Byte offset of the first line.
        data: The lines, joined by line feeds.
        lines: The lines.
        dropped: Bytes of the first line that were not held, since it is longer than the cap.
    """

    number: int
    offset: int
    data: bytes
    lines: list[bytes]
    dropped: int = 0

    @property
    def offsets(self) -> list[int]:
        """Where each line begins, where none was dropped."""
        starts = accumulate([len(line) + 1 for line in self.lines], initial=self.offset)
        return list(starts)[:-1]


def blocks_of(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[Block]:
    """Cuts chunks at their last line feed; memory is bounded by one chunk and `longest` bytes."""
    # A bytearray grows in place: a long line in small chunks would be copied once for each of them.
    number, offset, held, dropped = 1, 0, bytearray(), 0
    for chunk in chunks:
        end = chunk.rfind(b"\n")
        rest = chunk[end + 1 :]
        if end >= 0:
            data = bytes(held + chunk[:end]) if held else chunk[:end]
            lines = data.split(b"\n")
            yield Block(number, offset, data, lines, dropped)
            offset += dropped + len(data) + 1
            number, held, dropped = number + len(lines), bytearray(), 0
        if dropped or len(held) + len(rest) > longest:
            held, dropped = bytearray(), dropped + len(held) + len(rest)
        else:
            held += rest
    if held or dropped:
        yield Block(number, offset, bytes(held), [bytes(held)], dropped)


def lines_in(block: Block, longest: int = LONGEST_LINE) -> Iterator[Line]:
    """The lines of a block.

    A carriage return before the line feed belongs to the line end. A last line without a line end counts; the
    empty rest after the last line end does not.
    """
    number, offset, dropped = block.number, block.offset, block.dropped
    for part in block.lines:
        yield _line(number, offset, part, dropped, longest)
        number, offset, dropped = number + 1, offset + dropped + len(part) + 1, 0


def lines_of(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[Line]:
    """The lines of a file; memory is bounded by one chunk and `longest` bytes."""
    for block in blocks_of(chunks, longest):
        yield from lines_in(block, longest)


def _line(number: int, offset: int, content: bytes, dropped: int, longest: int) -> Line:
    length = dropped + len(content)
    if length > longest:
        return Line(number, offset, length, None)
    if content.endswith(b"\r"):
        return Line(number, offset, length - 1, content[:-1])
    return Line(number, offset, length, content)


def blank(line: Line) -> bool:
    """Whether a line holds nothing but white space."""
    return line.content is not None and not line.content.removeprefix(BOM).strip()
