"""The user's own JSONL as training examples: three schemas, loss on what the assistant says only."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from local.bedrock.model import CONTEXT, Positions
from local.bedrock.values import Json, json_object

#: Bytes of a record's completions that are trained on. The network's cost grows with them, and it sees 16
#: bytes at a time: what comes after the first half thousand teaches it nothing that the beginning did not.
LONGEST: Final = 512
_RESERVED: Final = ("\nHuman:", "\nAssistant:")

#: A turn: the bytes before it, and what is to be learnt.
Turn = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One record: per turn CONTEXT bytes of what came before, then the completion's bytes."""

    turns: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a file held.

    Attributes:
        examples: Accepted records in the file's order, which is the order of training.
        rejected: Lines that are no record of the schema; empty lines count as nothing.
    """

    examples: tuple[Example, ...]
    rejected: int

    @property
    def total(self) -> int:
        """Records in the file, accepted or not."""
        return len(self.examples) + self.rejected


def read_records(lines: Iterable[bytes], schema: str) -> Dataset:
    """Reads a file line by line; a line that cannot be parsed is counted and left out."""
    parse = _parser(schema)
    read = [_example(parse, line) for line in lines if line.strip()]
    examples = tuple(example for example in read if example is not None)
    return Dataset(examples, len(read) - len(examples))


def positions(examples: Sequence[Example]) -> Positions:
    """Every byte to be predicted in some examples, with the bytes before it."""
    windows, targets = [], []
    for turn in (turn for example in examples for turn in example.turns):
        data = np.frombuffer(turn, dtype=np.uint8)
        windows.append(np.lib.stride_tricks.sliding_window_view(data, CONTEXT)[:-1])
        targets.append(data[CONTEXT:])
    return Positions(np.concatenate(windows), np.concatenate(targets))


def _example(parse: Callable[[Mapping[str, Json]], Iterator[Turn]], line: bytes) -> Example | None:
    try:
        turns = list(parse(json_object(line)))
        return _encoded(turns)
    except ValueError:
        return None


def _encoded(turns: list[Turn]) -> Example:
    left, encoded = LONGEST, []
    for before, said in turns:
        taken = said.encode("utf-8", "replace")[:left]
        left -= len(taken)
        if taken:
            encoded.append((b"\0" * CONTEXT + before.encode("utf-8", "replace"))[-CONTEXT:] + taken)
    if not encoded:
        raise ValueError("a record must teach something")
    return Example(tuple(encoded))


def _parser(schema: str) -> Callable[[Mapping[str, Json]], Iterator[Turn]]:
    if schema.startswith("bedrock-conversation"):
        return _conversation
    return _claude if schema.startswith("claude") else _prompt


def _prompt(record: Mapping[str, Json]) -> Iterator[Turn]:
    prompt, completion = record.get("prompt"), record.get("completion")
    if not (isinstance(prompt, str) and prompt and isinstance(completion, str) and completion):
        raise ValueError("expected a prompt and a completion, both text")
    yield prompt, completion


def _conversation(record: Mapping[str, Json]) -> Iterator[Turn]:
    if record.get("schemaVersion") != "bedrock-conversation-2024":
        raise ValueError("expected schemaVersion bedrock-conversation-2024")
    system = _parts(record["system"]) if "system" in record else ""
    return _turns(system, record.get("messages"), _parts)


def _claude(record: Mapping[str, Json]) -> Iterator[Turn]:
    if not record.keys() <= {"system", "messages"}:
        raise ValueError("expected no keys but system and messages")
    return _turns(_plain(record.get("system", "-")), record.get("messages"), _plain)


def _turns(system: str, messages: Json, read: Callable[[Json], str]) -> Iterator[Turn]:
    """The assistant's turns of a conversation that alternates, from a user's turn to an assistant's."""
    if not isinstance(messages, list) or not messages or len(messages) % 2:
        raise ValueError("expected pairs of messages")
    before = system
    for place, message in enumerate(messages):
        role = "user" if place % 2 == 0 else "assistant"
        if not isinstance(message, dict) or message.get("role") != role:
            raise ValueError(f"expected message {place + 1} to be of the {role}")
        text = read(message.get("content"))
        if role == "assistant":
            yield before, text
        before = f"{before}\n{text}"


def _parts(content: Json) -> str:
    """The text of a list of parts; a part that is not text (an image, reasoning) teaches nothing here."""
    if not isinstance(content, list) or not content or not all(isinstance(part, dict) for part in content):
        raise ValueError("expected a list of parts")
    texts = [part["text"] for part in content if isinstance(part, dict) and "text" in part]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("expected text to be text")
    return "".join(str(text) for text in texts)


def _plain(content: Json) -> str:
    if not isinstance(content, str) or not content or any(word in content for word in _RESERVED):
        raise ValueError("expected text without reserved words")
    return content
