"""Every fault that a training or validation file can have, by its code."""

from enum import StrEnum


class DataFault(StrEnum):
    """The closed set of faults.

    DS00x and DS032 are of the file, DS01x of a line, DS02x, DS030 and DS031 of a record, HP05x of the
    records together. The first five characters are the code that people see; a letter after them tells two
    severities apart.
    """

    EMPTY = "DS001"
    COMPRESSED = "DS002"
    UTF16 = "DS003"
    BOM = "DS004"
    UNREADABLE = "DS005"
    DIRECTORY = "DS006"
    TOO_LARGE = "DS007"
    BEYOND_READING = "DS007R"
    UNUSED = "DS008"
    FILE_NAME = "DS032"
    TOO_LONG = "DS010"
    NOT_UTF8 = "DS011"
    NOT_JSON = "DS012"
    TOO_DEEP = "DS013"
    HUGE_NUMBER = "DS014"
    DUPLICATE_KEY = "DS015"
    NOT_A_NUMBER = "DS016"
    BLANK_LINE = "DS017"
    NOT_AN_OBJECT = "DS018"
    LONE_SURROGATE = "DS019"
    WRONG_SCHEMA = "DS020"
    EXTRA_KEY = "DS021"
    EMPTY_TEXT = "DS022"
    EMPTY_TURN = "DS022E"
    ROLE_ORDER = "DS023"
    RESERVED_WORD = "DS024"
    MEDIA = "DS025"
    TEXT_ONLY = "DS026"
    TOO_MANY_MEDIA = "DS027"
    MEDIA_SOURCE = "DS028"
    MIXED_MEDIA = "DS029"
    REASONING = "DS030"
    SYSTEM_BLOCKS = "DS031"
    OVER_TOKENS = "HP012"
    PERHAPS_OVER_TOKENS = "HP012W"
    LEAKED_RECORD = "HP051"
    LEAKED_PROMPT = "HP051W"
    REPEATED = "HP053"
    REPEATED_AS_ADVISED = "HP053I"
    CONSTANT_ANSWER = "HP054"
    REPEATED_PROMPT = "HP054P"

    @property
    def code(self) -> str:
        """The stable code that a person is told."""
        return self.value[:5]
