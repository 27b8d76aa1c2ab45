import json

import numpy as np
import pytest

from local.bedrock.model import CONTEXT
from local.bedrock.records import LONGEST, positions, read_records
from tests.local.bedrock.harness import conversation

CONVERSATION = "bedrock-conversation-2024"
CLAUDE = "claude-messages: {…}"
PROMPT = "prompt-completion"


def turns(schema: str, *records: object) -> list[bytes]:
    read = read_records((json.dumps(record).encode() for record in records), schema)
    return [turn for example in read.examples for turn in example.turns]


def claude(*contents: str, **more: object) -> dict[str, object]:
    roles = ["user", "assistant"] * len(contents)
    return {"messages": [{"role": r, "content": c} for r, c in zip(roles, contents, strict=False)], **more}


def test_a_prompt_is_context_and_its_completion_is_learnt() -> None:
    [turn] = turns(PROMPT, {"prompt": "a long question, is it not?", "completion": "yes"})

    assert turn == b"tion, is it not?yes"
    asked = positions(read_records([b'{"prompt": "p", "completion": "yes"}'], PROMPT).examples)
    assert asked.targets.tobytes() == b"yes"
    assert asked.windows.shape == (3, CONTEXT)
    assert asked.windows[2].tobytes() == b"\0" * (CONTEXT - 3) + b"pye"


def test_only_what_the_assistant_says_is_learnt() -> None:
    found = turns(CLAUDE, claude("q1", "a1", "q2", "a2", system="be kind"))

    assert [turn[CONTEXT:] for turn in found] == [b"a1", b"a2"]
    assert found[1][:CONTEXT] == b"e kind\nq1\na1\nq2"[-CONTEXT:].rjust(CONTEXT, b"b")


def test_a_conversation_has_parts_and_a_system() -> None:
    record = json.loads(conversation("q", "a"))
    record["system"] = [{"text": "be kind"}]
    record["messages"][1]["content"].append({"text": "nswer"})
    record["messages"][0]["content"].append({"image": {}})

    [turn] = turns(CONVERSATION, record)

    assert turn.lstrip(b"\0") == b"be kind\nqanswer"


def test_a_very_long_completion_is_cut() -> None:
    [turn] = turns(PROMPT, {"prompt": "p", "completion": "x" * 10_000})

    assert len(turn) == CONTEXT + LONGEST


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        (PROMPT, b"{broken"),
        (PROMPT, b"[1]"),
        (PROMPT, b"\xff\xfe"),
        (PROMPT, b'{"prompt": "p"}'),
        (PROMPT, b'{"prompt": "p", "completion": ""}'),
        (PROMPT, b'{"prompt": 1, "completion": "c"}'),
        (PROMPT, conversation("q", "a").encode()),
        (CONVERSATION, b'{"prompt": "p", "completion": "c"}'),
        (CONVERSATION, conversation("q", "a").replace("2024", "2023").encode()),
        (CONVERSATION, conversation("q", "").encode()),
        (CONVERSATION, conversation("q", "a").replace("user", "assistant").encode()),
        (CONVERSATION, conversation("q", "a").replace('"q"', "1").encode()),
        (CLAUDE, json.dumps(claude("q")).encode()),
        (CLAUDE, json.dumps(claude("q", "a", extra=1)).encode()),
        (CLAUDE, json.dumps(claude("q", "a\nHuman: b")).encode()),
        (CLAUDE, b'{"messages": []}'),
        (CLAUDE, b'{"messages": ["q", "a"]}'),
    ],
)
def test_what_is_no_record_of_its_schema_is_counted_and_left_out(schema: str, line: bytes) -> None:
    good = {
        PROMPT: b'{"prompt": "p", "completion": "c"}',
        CONVERSATION: conversation("q", "a").encode(),
        CLAUDE: json.dumps(claude("q", "a")).encode(),
    }[schema]

    read = read_records([good, line, b"  \n"], schema)

    assert (len(read.examples), read.rejected, read.total) == (1, 1, 2)


def test_bytes_beyond_ascii_are_learnt_as_bytes() -> None:
    read = read_records(['{"prompt": "p", "completion": "é☺"}'.encode()], PROMPT)

    assert positions(read.examples).targets.dtype == np.uint8
    assert positions(read.examples).targets.tobytes() == "é☺".encode()
