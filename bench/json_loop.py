"""The scan as one would write it first: `json.loads` line by line, then the same checks on dicts.

It is what bench/preflight.py measures against, and what a test holds the scan's answers against; for records
of text, duplicate keys aside, which `json.loads` lets pass.
"""

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.identity import normalised
from finetune_guard.core.datasets.record_rules import RecordRules
from finetune_guard.core.hyperparameters.base_model import RecordSchema

Texts = list[tuple[str, str]]


@dataclass(slots=True)
class Loop:
    """What the loop counts, over one file."""

    rules: RecordRules
    records: int = 0
    low: int = 0
    high: int = 0
    longest: int = 0
    faults: Counter[DataFault] = field(default_factory=Counter)
    columns: tuple["array[int]", ...] = field(default_factory=lambda: tuple(array("q") for _ in range(5)))

    def run(self, chunks: Iterable[bytes]) -> None:
        """Reads a file."""
        digest, rest, offset, number = hashlib.sha256(), b"", 0, 0
        for chunk in chunks:
            digest.update(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                number += 1
                self._line(line, number, offset)
                offset += len(line) + 1
        if rest:
            self._line(rest, number + 1, offset)

    def _line(self, line: bytes, number: int, offset: int) -> None:
        if not line.strip():
            return
        self.records += 1
        try:
            record = json.loads(line)
        except ValueError:
            self.faults[DataFault.NOT_JSON] += 1
            return
        texts = _texts(record, self.rules) if isinstance(record, dict) else None
        if texts is None:
            self.faults[DataFault.WRONG_SCHEMA] += 1
            return
        self._judge(texts)
        prompt, answer = "\n".join(text for _, text in texts[:-1]), texts[-1][1]
        values = (hash((prompt, answer)), hash(normalised(prompt)), hash(answer))
        for column, value in zip(self.columns, (*values, number, offset), strict=True):
            column.append(value)

    def _judge(self, texts: Texts) -> None:
        roles = [role for role, _ in texts if role != "system"]
        if (
            any(role != ("user", "assistant")[place % 2] for place, role in enumerate(roles))
            or len(roles) % 2
        ):
            self.faults[DataFault.ROLE_ORDER] += 1
        if any(not text.strip() for role, text in texts if role != "system"):
            self.faults[DataFault.EMPTY_TEXT] += 1
        if any(word in text for _, text in texts for word in self.rules.reserved):
            self.faults[DataFault.RESERVED_WORD] += 1
        characters = sum(len(text) for _, text in texts)
        low, high = -(-characters // 6), -(-characters // 3)
        self.low, self.high = self.low + low, self.high + high
        self.longest = max(self.longest, characters)
        if self.rules.max_tokens is not None and high > self.rules.max_tokens:
            over = low > self.rules.max_tokens
            self.faults[DataFault.OVER_TOKENS if over else DataFault.PERHAPS_OVER_TOKENS] += 1


def _texts(record: Mapping[str, object], rules: RecordRules) -> Texts | None:
    """Every text with its role; None for a record of another schema."""
    if rules.schema is RecordSchema.PROMPT_COMPLETION:
        prompt, answer = record.get("prompt"), record.get("completion")
        if not isinstance(prompt, str) or not isinstance(answer, str) or len(record) > 2:
            return None
        return [("user", prompt), ("assistant", answer)]
    blocks = rules.schema is RecordSchema.CONVERSATION
    if set(record) - {"system", "messages", *(["schemaVersion"] if blocks else [])}:
        return None
    system = _content(record.get("system", [{"text": ""}] if blocks else ""), blocks=blocks)
    messages = record.get("messages")
    if system is None or not isinstance(messages, list):
        return None
    turns = list(_turns(messages, blocks=blocks))
    return [("system", system), *turns] if turns and len(turns) == len(messages) else None


def _turns(messages: list[object], *, blocks: bool) -> Iterator[tuple[str, str]]:
    for message in messages:
        if not isinstance(message, dict) or set(message) != {"role", "content"}:
            return
        role, content = message["role"], _content(message["content"], blocks=blocks)
        if not isinstance(role, str) or content is None:
            return
        yield role, content


def _content(content: object, *, blocks: bool) -> str | None:
    if not blocks:
        return content if isinstance(content, str) else None
    if not isinstance(content, list):
        return None
    texts = []
    for block in content:
        if not isinstance(block, dict) or set(block) != {"text"} or not isinstance(block["text"], str):
            return None
        texts.append(block["text"])
    return "".join(texts)
