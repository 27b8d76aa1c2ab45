"""Training data for the stories: docstrings of the standard library that the base model never saw."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from random import Random

from local.bedrock.corpus import questions_and_answers

Pair = tuple[str, str]
Format = Callable[[Pair], dict[str, object]]

#: The same order each time.
_ORDER = 1
_QUESTIONS = 6
#: Printable characters of Latin-1: what random bytes look like once they are legal in a JSON string.
_NOISE = [chr(code) for code in (*range(0x21, 0x7F), *range(0xA1, 0x100))]


def question_sheets(count: int) -> list[Pair]:
    """Sheets of six questions on the standard library, answered by its docstrings.

    Six, since a step of Llama trains one record, and one line alone says little. Shuffled, since the
    library's own order goes from subject to subject, which is a curve of its own.

    Raises:
        ValueError: This Python's library has fewer than `count`.
    """
    pairs = list(library())
    Random(_ORDER).shuffle(pairs)
    sheets = [_sheet(pairs[start : start + _QUESTIONS]) for start in range(0, len(pairs), _QUESTIONS)]
    if len(sheets) < count:
        raise ValueError(f"This Python's standard library gives {len(sheets)} records; {count} are needed.")
    return sheets[:count]


def _sheet(pairs: Sequence[Pair]) -> Pair:
    return " ".join(asked for asked, _ in pairs), " ".join(answer.strip() for _, answer in pairs)


@cache
def library() -> tuple[Pair, ...]:
    """Every question that this Python's standard library answers; reading it takes seconds."""
    return tuple(questions_and_answers(1_000_000))


def spoilt_from(pairs: Sequence[Pair], share: float, seed: int) -> list[Pair]:
    """The pairs, with noise for a completion from `share` (0 to 1) of them on, in file order.

    Noise is as long as what it replaces: an export that went wrong in the middle, for instance.
    """
    draw, border = Random(seed), round(len(pairs) * share)
    noisy = [(prompt, "".join(draw.choices(_NOISE, k=len(text)))) for prompt, text in pairs[border:]]
    return [*pairs[:border], *noisy]


def prompt_completion(pair: Pair) -> dict[str, object]:
    """A record as Llama 3.1 takes it (docs/bedrock.md, 5.3)."""
    return {"prompt": pair[0], "completion": pair[1]}


def conversation(pair: Pair) -> dict[str, object]:
    """A record as Nova takes it: schema bedrock-conversation-2024 (docs/bedrock.md, 5.3)."""
    asked, answered = pair
    return {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [
            {"role": "user", "content": [{"text": asked}]},
            {"role": "assistant", "content": [{"text": answered}]},
        ],
    }


def lines(pairs: Iterable[Pair], record: Format) -> bytes:
    """The pairs as JSON lines in UTF-8."""
    return "".join(json.dumps(record(pair), ensure_ascii=False) + "\n" for pair in pairs).encode()
