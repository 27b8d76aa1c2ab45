"""Whole lines out of the bytes of a metric file, whatever wrote them, in bounded memory.

Nothing is known of the writer of a Bedrock metric file, so every usual text form is read: UTF-8 with or
without a byte-order mark, UTF-16 of both ends with or without one, and line ends LF, CRLF and CR.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

#: Bytes that are looked at in one go; memory follows this, never the size of the file.
BLOCK = 1 << 18
#: A longer line cannot be a row of numbers. It is cut to one byte more, so that a reader still sees it is
#: too long.
LONGEST_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Block:
    r"""Some whole lines.

    Attributes:
        text: Lines in UTF-8, each ended by one "\n"; blank lines may be among them.
        terminated: False for the file's last line where it has no line end; the "\n" is then ours.
    """

    text: bytes
    terminated: bool


def blocks(data: bytes) -> Iterator[Block]:
    """The lines of a file in blocks of about 256 KiB; a last line without a line end comes alone, at the end.

    The lines of a prefix of `data` are a prefix of its lines, the unterminated one apart.
    """
    carry = b""
    for piece in _pieces(data):
        text = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in piece else piece
        cut = text.rfind(b"\n") + 1
        if cut:
            yield Block(carry + text[:cut], terminated=True)
            carry = b""
        carry = (carry + text[cut:])[: LONGEST_LINE + 1]
    if carry:
        yield Block(carry + b"\n", terminated=False)


def _pieces(data: bytes) -> Iterator[bytes]:
    encoding, start = _encoding(data)
    if encoding == "utf-8":
        for at in range(start, len(data), BLOCK):
            yield data[at : at + BLOCK]
        return
    # A cut or wrong character becomes U+FFFD, which no number holds: its row is rejected, its neighbours
    # are not.
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for at in range(start, len(data), BLOCK):
        yield decoder.decode(data[at : at + BLOCK]).encode()
    yield decoder.decode(b"", final=True).encode()


def _encoding(data: bytes) -> tuple[str, int]:
    """The encoding and where the text begins after a byte-order mark."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8", len(codecs.BOM_UTF8)
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le", 2
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be", 2
    return _unmarked(data[:4]), 0


def _unmarked(head: bytes) -> str:
    """UTF-16 shows as every other byte of the header's first two letters being NUL."""
    nul = [byte == 0 for byte in head]
    if nul == [False, True, False, True]:
        return "utf-16-le"
    return "utf-16-be" if nul == [True, False, True, False] else "utf-8"
