"""Every fault that a training or validation file can have, with what it means and what to do.

A fault is told by code, count and place; a record's text is never part of it.
"""

from dataclasses import dataclass
from enum import StrEnum

AWS_PREPARE = "AWS, model-customization-prepare"
JSON_STANDARD = "RFC 8259"
JUDGEMENT = "judgement of this project"
OURS = "limit of this version"


class DataFault(StrEnum):
    """The closed set of faults; DS00x are of the file, DS01x of a line, DS02x of a record."""

    EMPTY = "DS001"
    COMPRESSED = "DS002"
    UTF16 = "DS003"
    BOM = "DS004"
    UNREADABLE = "DS005"
    DIRECTORY = "DS006"
    TOO_LARGE = "DS007"
    TOO_LONG = "DS010"
    NOT_UTF8 = "DS011"
    NOT_JSON = "DS012"
    TOO_DEEP = "DS013"
    HUGE_NUMBER = "DS014"
    DUPLICATE_KEY = "DS015"
    NOT_A_NUMBER = "DS016"
    BLANK_LINE = "DS017"
    NOT_AN_OBJECT = "DS018"
    WRONG_SCHEMA = "DS020"
    EXTRA_KEY = "DS021"
    EMPTY_TEXT = "DS022"
    ROLE_ORDER = "DS023"
    RESERVED_WORD = "DS024"
    MEDIA = "DS025"
    OVER_TOKENS = "HP012"
    PERHAPS_OVER_TOKENS = "HP012W"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a fault says to a person.

    Attributes:
        severity: "error", "warning" or "info".
        sentence: What is wrong and what was expected; `{schema}` stands for the base's schema.
        advice: What to do.
        source: Where the rule is from.
    """

    severity: str
    sentence: str
    advice: str
    source: str


MEANINGS = {
    DataFault.EMPTY: Meaning(
        "error", "The file has no records.", "Write one JSON record a line.", AWS_PREPARE
    ),
    DataFault.COMPRESSED: Meaning(
        "error", "The file is compressed; Bedrock reads plain JSONL.", "Decompress it first.", AWS_PREPARE
    ),
    DataFault.UTF16: Meaning(
        "error", "The file is UTF-16 or UTF-32; UTF-8 was expected.", "Save it as UTF-8.", JSON_STANDARD
    ),
    DataFault.BOM: Meaning(
        "warning", "The file begins with a byte-order mark.", "Save it as UTF-8 without one.", JSON_STANDARD
    ),
    DataFault.TOO_LONG: Meaning(
        "error", "A line is longer than 1 MiB, which no base accepts.", "Split or drop the record.", OURS
    ),
    DataFault.NOT_UTF8: Meaning("error", "A line is not UTF-8.", "Save the file as UTF-8.", JSON_STANDARD),
    DataFault.NOT_JSON: Meaning(
        "error", "A line is not JSON; one whole record a line was expected.", "Mend the line.", AWS_PREPARE
    ),
    DataFault.TOO_DEEP: Meaning(
        "error", "A line nests too deeply to be a record.", "Drop the line.", JUDGEMENT
    ),
    DataFault.HUGE_NUMBER: Meaning(
        "error", "A line holds a number too long to be read.", "Write it as text.", JUDGEMENT
    ),
    DataFault.DUPLICATE_KEY: Meaning(
        "error", "A record has a key twice; which one counts is undefined.", "Keep one.", JSON_STANDARD
    ),
    DataFault.NOT_A_NUMBER: Meaning(
        "error", "A record holds NaN or Infinity, which is not JSON.", "Use null or text.", JSON_STANDARD
    ),
    DataFault.BLANK_LINE: Meaning(
        "warning", "There are blank lines between the records.", "Remove them.", JUDGEMENT
    ),
    DataFault.NOT_AN_OBJECT: Meaning(
        "error", "A line is JSON but no object.", "Write records as {schema}.", AWS_PREPARE
    ),
    DataFault.WRONG_SCHEMA: Meaning(
        "error", "A record is not of the schema {schema}.", "Convert the file to {schema}.", AWS_PREPARE
    ),
    DataFault.EXTRA_KEY: Meaning(
        "warning", "A record has keys that {schema} does not know.", "Remove them.", AWS_PREPARE
    ),
    DataFault.EMPTY_TEXT: Meaning(
        "warning", "A prompt, completion or turn is empty.", "Drop or complete the record.", JUDGEMENT
    ),
    DataFault.ROLE_ORDER: Meaning(
        "error",
        "Turns must begin with user, alternate and end with assistant.",
        "Mend the order.",
        "AWS samples: data validators for Nova and Claude 3 Haiku",
    ),
    DataFault.RESERVED_WORD: Meaning(
        "error",
        'A text holds "Human:" or "Assistant:" at the begin of a line, which this base reserves.',
        "Reword it.",
        "AWS samples: data validator for Claude 3 Haiku",
    ),
    DataFault.MEDIA: Meaning(
        "error", "An image or video stands outside a user's turn.", "Move it.", AWS_PREPARE
    ),
    DataFault.OVER_TOKENS: Meaning(
        "error",
        "A record is over the base's token limit even at 6 characters a token.",
        "Shorten it.",
        AWS_PREPARE,
    ),
    DataFault.PERHAPS_OVER_TOKENS: Meaning(
        "warning",
        "A record may be over the base's token limit: it is at 3 characters a token, not at 6.",
        "Shorten it if it is code or not English.",
        JUDGEMENT,
    ),
}
