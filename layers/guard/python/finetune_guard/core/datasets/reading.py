"""One line of a file, judged: fast where it is a good record, and strictly where it is not.

msgspec reads a line straight into its schema's type, in a tenth of the time that `json.loads` takes
(docs/adr/0019). What it refuses is read again with the standard library, which says what is wrong. The one
fault that msgspec lets pass is a key that comes twice, and then the type, written as JSON again, has fewer
quotes than the line.
"""

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.lines import BOM, Line, blank
from finetune_guard.core.datasets.record_json import read_record
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.schemas import SHAPES, Content, judge, read_content
from finetune_guard.core.datasets.shapes import Shape

_QUOTE = b'"'
#: A quote in other letters: a line that holds one is looked at a second time.
_ESCAPED_QUOTE = b"\\u0022"
_encode = Encoder().encode


class RecordReader:
    """Judges lines against the rules of one base."""

    def __init__(self, rules: RecordRules) -> None:
        self.rules = rules
        shape = SHAPES.get(rules.schema)
        self._decode = Decoder(shape).decode if shape else None

    def read(self, line: Line) -> Content | None:
        """What the line holds; None for a blank one."""
        record = self._quick(line.content)
        if record is not None:
            return judge(record, self.rules)
        return None if blank(line) else self._strict(line)

    def _quick(self, content: bytes | None) -> Shape | None:
        """The record, where there is nothing to say against its JSON and its shape."""
        if content is None or self._decode is None:
            return None
        try:
            record = self._decode(content)
        except (DecodeError, UnicodeDecodeError, RecursionError):
            return None
        same = _encode(record).count(_QUOTE) == content.count(_QUOTE)
        return record if same and _ESCAPED_QUOTE not in content else None

    def _strict(self, line: Line) -> Content:
        if line.content is None:
            return Content((DataFault.TOO_LONG,))
        record = read_record(line.content.removeprefix(BOM) if line.number == 1 else line.content)
        if isinstance(record, DataFault):
            return Content((record,))
        content = read_content(record, self.rules)
        if _is_whole(content.prompt) and _is_whole(content.answer):
            return content
        return content._replace(faults=(DataFault.LONE_SURROGATE, *content.faults))


def _is_whole(text: str) -> bool:
    """Whether a text has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
