"""What a record must be, per schema (docs/bedrock.md, 5.3), and how much text it holds."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.record_json import JsonRecord
from finetune_guard.core.hyperparameters.base_model import RecordSchema

RESERVED = re.compile(r"(?:^|\n)(?:Human|Assistant):")
MEDIA = ("image", "video")
#: Blocks of Nova 2 that are neither.
REASONING = "reasoningContent"


@dataclass(frozen=True, slots=True)
class Content:
    """A record that was read.

    Attributes:
        faults: What is wrong with it, each once.
        prompt: Everything before the last answer; decides on which side of a split it falls. Never shown.
        characters: Characters of all its texts.
    """

    faults: tuple[DataFault, ...]
    prompt: str = ""
    characters: int = 0


WRONG = Content((DataFault.WRONG_SCHEMA,))


def read_content(record: JsonRecord, schema: RecordSchema) -> Content:
    """Reads a record as `schema` wants it; a schema that this version does not read gives a wrong one."""
    reader = READERS.get(schema)
    return reader(record) if reader else WRONG


def _prompt_completion(record: JsonRecord) -> Content:
    prompt, completion = record.get("prompt"), record.get("completion")
    if not isinstance(prompt, str) or not isinstance(completion, str):
        return WRONG
    faults = []
    if not prompt.strip() or not completion.strip():
        faults.append(DataFault.EMPTY_TEXT)
    if len(record) > 2:
        faults.append(DataFault.EXTRA_KEY)
    return Content(tuple(faults), prompt, len(prompt) + len(completion))


@dataclass(frozen=True, slots=True)
class _Turn:
    role: str
    text: str
    media: bool = False


def _conversation(record: JsonRecord) -> Content:
    if record.get("schemaVersion") != RecordSchema.CONVERSATION.value:
        return WRONG
    system = _blocks(record["system"]) if "system" in record else _Turn("system", "")
    turns = _turns(record.get("messages"), _blocks)
    if system is None or turns is None:
        return WRONG
    extra = set(record) - {"schemaVersion", "system", "messages"}
    return _content(system.text, turns, [DataFault.EXTRA_KEY] if extra else [])


def _claude_messages(record: JsonRecord) -> Content:
    system = record.get("system", "")
    turns = _turns(record.get("messages"), _plain_text)
    if not isinstance(system, str) or turns is None or set(record) - {"system", "messages"}:
        return WRONG
    reserved = any(RESERVED.search(text) for text in (system, *(turn.text for turn in turns)))
    return _content(system, turns, [DataFault.RESERVED_WORD] if reserved else [])


def _content(system: str, turns: list[_Turn], faults: list[DataFault]) -> Content:
    if not _alternate(turns):
        faults.append(DataFault.ROLE_ORDER)
    if any(not turn.text.strip() and not turn.media for turn in turns):
        faults.append(DataFault.EMPTY_TEXT)
    if any(turn.media and turn.role != "user" for turn in turns):
        faults.append(DataFault.MEDIA)
    prompt = "\n".join([system, *(turn.text for turn in turns[:-1])])
    characters = len(system) + sum(len(turn.text) for turn in turns)
    return Content(tuple(faults), prompt, characters)


def _alternate(turns: list[_Turn]) -> bool:
    expected = ("user", "assistant")
    in_order = all(turn.role == expected[place % 2] for place, turn in enumerate(turns))
    return in_order and len(turns) >= 2 and len(turns) % 2 == 0


def _turns(messages: object, reader: Callable[[object], _Turn | None]) -> list[_Turn] | None:
    """The turns, or None where a message is not {"role": text, "content": what `reader` takes}."""
    if not isinstance(messages, list) or not messages:
        return None
    turns = []
    for message in messages:
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            return None
        role, content = message["role"], reader(message["content"])
        if not isinstance(role, str) or content is None:
            return None
        turns.append(_Turn(role, content.text, content.media))
    return turns


def _plain_text(content: object) -> _Turn | None:
    return _Turn("", content) if isinstance(content, str) else None


def _blocks(content: object) -> _Turn | None:
    """The joined text of Converse content blocks; None where one is neither text nor a medium."""
    if not isinstance(content, list) or not content:
        return None
    if not all(isinstance(block, dict) and _legal_block(block) for block in content):
        return None
    return _Turn("", "".join(_texts(content)), any(set(block) & set(MEDIA) for block in content))


def _legal_block(block: dict[str, object]) -> bool:
    if len(block) != 1:
        return False
    kind, value = next(iter(block.items()))
    return isinstance(value, str) if kind == "text" else kind in (*MEDIA, REASONING)


def _texts(blocks: list[dict[str, object]]) -> Iterator[str]:
    return (text for block in blocks if isinstance(text := block.get("text"), str))


READERS: dict[RecordSchema, Callable[[JsonRecord], Content]] = {
    RecordSchema.PROMPT_COMPLETION: _prompt_completion,
    RecordSchema.CONVERSATION: _conversation,
    RecordSchema.CLAUDE_MESSAGES: _claude_messages,
}
