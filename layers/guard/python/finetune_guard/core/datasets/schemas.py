"""What a record must be, per schema (docs/datasets.md), and how much text it holds."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from msgspec import UNSET, ValidationError, convert

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.media import look_beside_text, text_of
from finetune_guard.core.datasets.record_json import JsonRecord
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.datasets.shapes import (
    Block,
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
    try:
        content = judge(convert(known, shape), rules)
    except ValidationError:
        return WRONG
    if extra and shape is ClaudeMessages:
        return WRONG
    return content._replace(faults=(DataFault.EXTRA_KEY, *content.faults)) if extra else content


def judge(record: Shape, rules: RecordRules) -> Content:
    """Judges a record of the right shape."""
    return _JUDGES[type(record)](record, rules)


def _prompt_completion(record: PromptCompletion, rules: RecordRules) -> Content:
    prompt, answer = record.prompt, record.completion
    faults = tuple(_of_texts((prompt, answer), rules))
    if _empty(prompt) or _empty(answer):
        faults = (DataFault.EMPTY_TEXT, *faults)
    return Content(faults, prompt, answer, len(prompt) + len(answer))


def _claude_messages(record: ClaudeMessages, rules: RecordRules) -> Content:
    texts = [record.system or "", *[turn.content for turn in record.messages]]
    faults = [*_order(turn.role for turn in record.messages), *_of_texts(texts, rules)]
    if any(_empty(text) for text in texts[1:]):
        faults.append(DataFault.EMPTY_TEXT)
    return Content(tuple(faults), "\n".join(texts[:-1]), texts[-1], sum(map(len, texts)))


def _conversation(record: Conversation, rules: RecordRules) -> Content:
    turns = record.messages
    if not turns or not _legal(record, rules):
        return WRONG
    system = [block.text for block in record.system or ()]
    texts = ["".join(system), *[text_of(turn.content) for turn in turns]]
    faults = [*_order(turn.role for turn in turns), *_of_texts(texts, rules)]
    if rules.max_system_blocks is not None and len(system) > rules.max_system_blocks:
        faults.append(DataFault.SYSTEM_BLOCKS)
    beside = look_beside_text(turns, rules)
    faults += [*beside.faults, *_empty_turns(texts[1:], beside.media_turns, rules)]
    prompt = "\n".join([*texts[:-1], *beside.uris])
    characters = sum(map(len, texts)) + beside.characters
    return Content(tuple(faults), prompt, texts[-1], characters, beside.kind)


def _legal(record: Conversation, rules: RecordRules) -> bool:
    version = rules.any_version or record.schemaVersion == RecordSchema.CONVERSATION.value
    return version and all(
        turn.content and all(_is_one(block) for block in turn.content) for turn in record.messages
    )


def _is_one(block: Block) -> bool:
    if block.image is UNSET and block.video is UNSET and block.reasoningContent is UNSET:
        return block.text is not UNSET
    held = (block.text, block.image, block.video, block.reasoningContent)
    return sum(value is not UNSET for value in held) == 1


def _empty_turns(texts: list[str], media_turns: frozenset[int], rules: RecordRules) -> Iterator[DataFault]:
    """The worst kind of emptiness among the turns, once."""
    empty = [text for place, text in enumerate(texts) if _empty(text) and place not in media_turns]
    if empty:
        yield DataFault.EMPTY_TURN if rules.refuses_empty and "" in empty else DataFault.EMPTY_TEXT


def _order(roles: Iterable[str]) -> Iterator[DataFault]:
    """User and assistant alternate, user first and assistant last."""
    given = list(roles)
    if not given or len(given) % 2 or given != ["user", "assistant"] * (len(given) // 2):
        yield DataFault.ROLE_ORDER


def _empty(text: str) -> bool:
    return not text or text.isspace()


def _of_texts(texts: Iterable[str], rules: RecordRules) -> Iterator[DataFault]:
    if rules.reserved and _holds(texts, rules.reserved):
        yield DataFault.RESERVED_WORD


def _holds(texts: Iterable[str], words: tuple[str, ...]) -> bool:
    """Whether a text holds one of the words; asked first for their rarest characters, which is faster."""
    marks, pattern = _searched(words)
    return any(any(mark in text for mark in marks) and pattern.search(text) for text in texts)


@cache
def _searched(words: tuple[str, ...]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    marks = {word[0] if not word[0].isalpha() else word[-1] for word in words}
    return tuple(sorted(marks)), re.compile("|".join(map(re.escape, words)))


# The shapes and their judges; a schema that is missing here is one that this version does not read.
_JUDGES: dict[type[Shape], Callable[..., Content]] = {
    PromptCompletion: _prompt_completion,
    ClaudeMessages: _claude_messages,
    Conversation: _conversation,
}
