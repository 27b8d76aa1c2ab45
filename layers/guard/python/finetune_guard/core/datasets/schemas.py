"""What a record must be, per schema (docs/datasets.md), and how much text it holds."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from msgspec import ValidationError, convert

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.media import NOTHING, look_beside_text, plain_texts, text_of
from finetune_guard.core.datasets.record_json import JsonRecord
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.shapes import (
    ClaudeMessages,
    Conversation,
    PromptCompletion,
    Shape,
)
from finetune_guard.core.hyperparameters.base_model import RecordSchema


class Content(NamedTuple):
    """A record that was read; a tuple, since one is made for every line (bench/preflight.py).

    Attributes:
        faults: What is wrong with it, each once.
        prompt: Everything before the last answer, media by their place; decides on which side of a split it
            falls, and whether two ask the same. Never shown.
        answer: The last answer. Never shown.
        characters: Characters of all its texts.
        media: "image" or "video"; "" where it holds neither.
    """

    faults: tuple[DataFault, ...]
    prompt: str = ""
    answer: str = ""
    characters: int = 0
    media: str = ""


WRONG = Content((DataFault.WRONG_SCHEMA,))

_VERSION = RecordSchema.CONVERSATION.value
#: Parts texts that are searched together: no reserved word holds it.
_BETWEEN = "\0"
_TWO_TURNS = ["user", "assistant"]

SHAPES: dict[RecordSchema, type[Shape]] = {
    RecordSchema.PROMPT_COMPLETION: PromptCompletion,
    RecordSchema.CONVERSATION: Conversation,
    RecordSchema.CLAUDE_MESSAGES: ClaudeMessages,
}


def read_content(record: JsonRecord, rules: RecordRules) -> Content:
    """Reads an object as the rules want it; a schema that this version does not read gives a wrong one.

    Keys of the record itself that the schema does not know are told and left out; Claude's validator refuses
    them.
    """
    shape = SHAPES.get(rules.schema)
    if shape is None:
        return WRONG
    known = {key: value for key, value in record.items() if key in shape.__struct_fields__}
    extra = len(known) < len(record)
    if extra and shape is ClaudeMessages:
        return WRONG
    try:
        content = judge_of(rules)(convert(known, shape))
    except (ValidationError, UnicodeEncodeError):
        # msgspec dies of a lone surrogate where another type than text was wanted.
        return WRONG
    return content._replace(faults=(DataFault.EXTRA_KEY, *content.faults)) if extra else content


Judge = Callable[[Any], Content]


@cache
def judge_of(rules: RecordRules) -> Judge:
    """What judges a record of the right shape; its argument is of the shape that belongs to the schema."""
    return _JUDGES[rules.schema](rules) if rules.schema in _JUDGES else lambda _: WRONG


def _prompt_completion(rules: RecordRules) -> Judge:
    reserved = _searcher(rules.reserved)

    def judge(record: PromptCompletion) -> Content:
        prompt, answer = record.prompt, record.completion
        faults = []
        if _empty(prompt) or _empty(answer):
            faults.append(DataFault.EMPTY_TEXT)
        if reserved(prompt) or reserved(answer):
            faults.append(DataFault.RESERVED_WORD)
        return Content(tuple(faults), prompt, answer, len(prompt) + len(answer))

    return judge


def _claude_messages(rules: RecordRules) -> Judge:
    reserved = _searcher(rules.reserved)

    def judge(record: ClaudeMessages) -> Content:
        turns, system = record.messages, record.system or ""
        texts = [turn.content for turn in turns]
        faults = []
        if not _in_order([turn.role for turn in turns]):
            faults.append(DataFault.ROLE_ORDER)
        if _any_empty(texts):
            faults.append(DataFault.EMPTY_TEXT)
        if reserved(_BETWEEN.join([system, *texts])):
            faults.append(DataFault.RESERVED_WORD)
        prompt = "\n".join([system, *texts[:-1]])
        return Content(tuple(faults), prompt, texts[-1] if texts else "", _length(system, texts))

    return judge


def _conversation(rules: RecordRules) -> Judge:
    reserved, any_version, most_blocks = _searcher(rules.reserved), rules.any_version, rules.max_system_blocks

    def judge(record: Conversation) -> Content:
        turns, blocks = record.messages, record.system or ()
        plain = plain_texts(turns)
        beside = NOTHING if plain else look_beside_text(turns, rules)
        if not turns or beside is None or not (any_version or record.schemaVersion == _VERSION):
            return WRONG
        texts = plain or [text_of(turn.content) for turn in turns]
        system = "".join([block.text for block in blocks]) if blocks else ""
        faults = list(beside.faults)
        if _any_empty(texts):
            faults += _empty_turns(texts, beside.media_turns, rules)
        if not _in_order([turn.role for turn in turns]):
            faults.append(DataFault.ROLE_ORDER)
        if most_blocks is not None and len(blocks) > most_blocks:
            faults.append(DataFault.SYSTEM_BLOCKS)
        if reserved(_BETWEEN.join([system, *texts])):
            faults.append(DataFault.RESERVED_WORD)
        prompt = "\n".join([system, *texts[:-1], *beside.uris])
        characters = _length(system, texts) + beside.characters
        return Content(tuple(faults), prompt, texts[-1], characters, beside.kind)

    return judge


def _length(system: str, texts: list[str]) -> int:
    return len(system) + sum(map(len, texts))


def _empty_turns(
    texts: list[str], media_turns: frozenset[int], rules: RecordRules
) -> tuple[()] | tuple[DataFault]:
    """The worst kind of emptiness among the turns."""
    empty = [text for place, text in enumerate(texts) if _empty(text) and place not in media_turns]
    if not empty:
        return ()
    return (DataFault.EMPTY_TURN if rules.refuses_empty and "" in empty else DataFault.EMPTY_TEXT,)


def _in_order(roles: list[str]) -> bool:
    """User and assistant alternate, user first and assistant last."""
    return roles == _TWO_TURNS or (len(roles) > 0 and roles == _TWO_TURNS * (len(roles) // 2))


def _empty(text: str) -> bool:
    return not text or text.isspace()


def _any_empty(texts: list[str]) -> bool:
    return "" in map(str.strip, texts)


def _searcher(words: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a text holds one of the words.

    Each begins or ends with a sign that is rare in prose, such as a colon; looking only there takes a
    fifth of the time of a regular expression.
    """
    signs = sorted({word[-1] if word[0].isalpha() else word[0] for word in words})
    beginning = {sign: tuple(word for word in words if word[0] == sign) for sign in signs}
    ending = {sign: tuple(word for word in words if word[-1] == sign) for sign in signs}

    def holds(text: str) -> bool:
        for sign in signs:
            at = text.find(sign)
            while at >= 0:
                if text.startswith(beginning[sign], at) or text.endswith(ending[sign], 0, at + 1):
                    return True
                at = text.find(sign, at + 1)
        return False

    return holds


_JUDGES: dict[RecordSchema, Callable[[RecordRules], Judge]] = {
    RecordSchema.PROMPT_COMPLETION: _prompt_completion,
    RecordSchema.CONVERSATION: _conversation,
    RecordSchema.CLAUDE_MESSAGES: _claude_messages,
}
