"""The lines of a file, judged: fast where they are good records, and strictly where they are not.

msgspec reads a line straight into its schema's type, in a tenth of the time that `json.loads` takes, and a
block of lines in one step (docs/adr/0019). What it refuses is read again with the standard library, line by
line, which says what is wrong. The one fault that msgspec lets pass is a key that comes twice, and then the
type, written as JSON again, has fewer quotes than the line.
"""

from collections.abc import Sequence
from operator import itemgetter

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.lines import BOM, LONGEST_LINE, Block, Line, blank
from finetune_guard.core.datasets.record_json import read_record
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.schemas import SHAPES, Content, judge_of, read_content
from finetune_guard.core.datasets.shapes import Shape

_QUOTE = b'"'
#: A quote in other letters: what holds one is looked at a second time.
_ESCAPE, _ESCAPED_QUOTE = b"\\", b"\\u0022"
_REFUSED = (DecodeError, UnicodeDecodeError, RecursionError)
_encoder = Encoder()

_FIRST, _LAST = itemgetter(0), itemgetter(-1)
_OPENING, _CLOSING, _RETURN = set(b"{"), set(b"}"), set(b"\r")


class RecordReader:
    """Judges lines against the rules of one base."""

    def __init__(self, rules: RecordRules) -> None:
        self._rules = rules
        shape = SHAPES.get(rules.schema)
        self._decoder = Decoder(shape) if shape else None
        self._judge = judge_of(rules)

    def read_block(self, block: Block) -> list[Content] | None:
        """What every line of a block holds; None where one of them wants a closer look."""
        if self._decoder is None or block.dropped or not _one_object_a_line(block.lines):
            return None
        try:
            records = self._decoder.decode_lines(block.data)
        except _REFUSED:
            return None
        if len(records) != len(block.lines) or not _kept(records, block.data):
            return None
        return [self._judge(record) for record in records]

    def read(self, line: Line) -> Content | None:
        """What a line holds; None for a blank one."""
        record = self._quick(line.content)
        if record is not None:
            return self._judge(record)
        return None if blank(line) else read_strictly(line, self._rules)

    def _quick(self, content: bytes | None) -> Shape | None:
        """The record, where there is nothing to say against its JSON and its shape."""
        if content is None or self._decoder is None:
            return None
        try:
            record: Shape = self._decoder.decode(content)
        except _REFUSED:
            return None
        return record if _kept((record,), content) else None


def read_strictly(line: Line, rules: RecordRules) -> Content:
    """What a line that is not blank holds, by the standard library's reader, which says what is wrong."""
    if line.content is None:
        return Content((DataFault.TOO_LONG,))
    record = read_record(line.content.removeprefix(BOM) if line.number == 1 else line.content)
    if isinstance(record, DataFault):
        return Content((record,))
    content = read_content(record, rules)
    if _is_whole(content.prompt) and _is_whole(content.answer):
        return content
    return content._replace(faults=(DataFault.LONE_SURROGATE, *content.faults))


def _one_object_a_line(lines: list[bytes]) -> bool:
    """Whether every line begins with a brace and ends with one, and none is too long.

    Then a line feed cannot be within a record, and as many records as lines are one record a line: between
    the two braces JSON would want a comma, and within a text it wants the line feed escaped.
    """
    if b"" in lines or max(map(len, lines)) > LONGEST_LINE:
        return False
    ends = set(map(_LAST, lines))
    if ends == _RETURN:
        ends = set(map(_LAST, [line[:-1] or line for line in lines]))
    return ends == _CLOSING and set(map(_FIRST, lines)) == _OPENING


def _kept(records: Sequence[Shape], data: bytes) -> bool:
    """Whether no key was dropped for one of the same name: a key has two quotes."""
    quotes = _encoder.encode_lines(records).count(_QUOTE)
    return quotes == data.count(_QUOTE) and (_ESCAPE not in data or _ESCAPED_QUOTE not in data)


def _is_whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
