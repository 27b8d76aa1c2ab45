"""Lines of a file that arrives in chunks, with their place in it, in bounded memory.

A line longer than the cap is counted and never held: a 400 MB line costs one chunk (fault row
52). StreamingBody.iter_lines is not used, since it holds a line whole, however long.
"""

from collections.abc import Iterable, Iterator
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


def lines_of(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[Line]:
    """Splits chunks at line feeds; memory is bounded by one chunk and `longest` bytes.

    A carriage return before the line feed belongs to the line end. A last line without a line end counts; the
    empty rest after the last line end does not.
    """
    number, offset, held, dropped = 1, 0, b"", 0
    for chunk in chunks:
        *whole, rest = chunk.split(b"\n")
        for part in whole:
            line = _line(number, offset, held + part if held else part, dropped, longest)
            yield line
            offset += dropped + len(held) + len(part) + 1
            number, held, dropped = number + 1, b"", 0
        if dropped or len(held) + len(rest) > longest:
            held, dropped = b"", dropped + len(held) + len(rest)
        else:
            held += rest
    if held or dropped:
        yield _line(number, offset, held, dropped, longest)


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
