"""One pass over a file: every planted fault at its line, no false alarm, and nothing of the text."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.datasets.fault_meanings import MEANINGS
from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.problems import problems_of
from finetune_guard.core.datasets.record_rules import RecordRules, rules_of
from finetune_guard.core.datasets.records import Scan, scan
from finetune_guard.core.hyperparameters.base_model import RecordSchema
from finetune_guard.core.hyperparameters.catalogue import find
from finetune_guard.core.plans import TokenRange
from finetune_guard.core.wire import dumps

PROMPT, CONVERSATION, CLAUDE = (
    RecordSchema.PROMPT_COMPLETION,
    RecordSchema.CONVERSATION,
    RecordSchema.CLAUDE_MESSAGES,
)
IMAGE = {"format": "png", "source": {"s3Location": {"uri": "s3://b/i.png"}}}


def rules(model_id: str) -> RecordRules:
    base = find(model_id)
    assert base is not None
    return rules_of(base)


#: One base for each schema; the conversation is Llama's, which wants its schemaVersion, with reasoning.
RULES = {
    PROMPT: rules("meta.llama3-1-8b-instruct-v1:0:128k"),
    CONVERSATION: replace(rules("meta.llama3-2-11b-instruct-v1:0:128k"), reasoning=True),
    CLAUDE: rules("anthropic.claude-3-haiku-20240307-v1:0:200k"),
}
GOOD: dict[RecordSchema, dict[str, object]] = {
    PROMPT: {"prompt": "Where is my parcel?", "completion": "On its way."},
    CONVERSATION: {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Where is it?"}, {"image": IMAGE}]},
            {"role": "assistant", "content": [{"text": "Here."}]},
        ],
    },
    CLAUDE: {
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}],
    },
}


def line(record: object) -> bytes:
    return json.dumps(record).encode() + b"\n"


def scanned(data: bytes, schema: RecordSchema = PROMPT, max_tokens: int | None = None) -> Scan:
    return scan([data], replace(RULES[schema], max_tokens=max_tokens))


def places(result: Scan) -> dict[DataFault, list[int]]:
    return {found.fault: [place.line for place in found.places] for found in result.faults}


@pytest.mark.parametrize("schema", GOOD)
def test_a_sound_file_has_no_fault(schema: RecordSchema) -> None:
    result = scanned(line(GOOD[schema]) * 6, schema)
    assert result.faults == ()
    assert result.records == 6
    assert result.whole


def test_size_hash_and_tokens_are_those_of_the_file() -> None:
    data = line({"prompt": "x" * 60, "completion": "y" * 30}) + line({"prompt": "x" * 6, "completion": "y"})
    result = scanned(data)
    assert result.size == len(data)
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    assert result.tokens == TokenRange(15 + 2, 30 + 3)
    assert result.longest == TokenRange(15, 30)


@pytest.mark.fault(54)
@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        (b'{"prompt": "x", "completion": ', DataFault.NOT_JSON),
        (b"[" * 200_000, DataFault.TOO_DEEP),
        (b'{"prompt":' * 20_000, DataFault.TOO_DEEP),
        (b'{"prompt": 1' + b"0" * 5000 + b"}", DataFault.HUGE_NUMBER),
        (b'{"prompt": "a", "prompt": "b", "completion": "c"}', DataFault.DUPLICATE_KEY),
        (b'{"prompt": NaN, "completion": "c"}', DataFault.NOT_A_NUMBER),
        (b'{"prompt": -Infinity, "completion": "c"}', DataFault.NOT_A_NUMBER),
        (b'{"prompt": "\xff\xfe", "completion": "c"}', DataFault.NOT_UTF8),
        (b"[1, 2]", DataFault.NOT_AN_OBJECT),
        (b"x" * ((1 << 20) + 1), DataFault.TOO_LONG),
    ],
)
def test_a_bad_line_is_one_fault_at_its_place_and_the_rest_is_read(planted: bytes, fault: DataFault) -> None:
    good = line(GOOD[PROMPT])
    result = scanned(good * 3 + planted + b"\n" + good * 2)
    assert places(result) == {fault: [4]}
    assert result.faults[0].places[0].offset == len(good) * 3
    assert result.records == 6


@pytest.mark.parametrize(
    ("schema", "change", "fault"),
    [
        (PROMPT, {"completion": None}, DataFault.WRONG_SCHEMA),
        (PROMPT, {"completion": " "}, DataFault.EMPTY_TEXT),
        (PROMPT, {"label": "x"}, DataFault.EXTRA_KEY),
        (CONVERSATION, {"schemaVersion": "2023"}, DataFault.WRONG_SCHEMA),
        (CONVERSATION, {"system": "text"}, DataFault.WRONG_SCHEMA),
        (CONVERSATION, {"messages": []}, DataFault.WRONG_SCHEMA),
        (CONVERSATION, {"messages": "x"}, DataFault.WRONG_SCHEMA),
        (CONVERSATION, {"note": "x"}, DataFault.EXTRA_KEY),
        (CLAUDE, {"note": "x"}, DataFault.WRONG_SCHEMA),
        (CLAUDE, {"system": 5}, DataFault.WRONG_SCHEMA),
        (CLAUDE, {"system": "Say\nHuman: hello"}, DataFault.RESERVED_WORD),
    ],
)
def test_a_record_of_the_wrong_shape_is_named(
    schema: RecordSchema, change: dict[str, object], fault: DataFault
) -> None:
    result = scanned(line(GOOD[schema]) + line(GOOD[schema] | change), schema)
    assert places(result) == {fault: [2]}


def messages(*turns: tuple[str, str]) -> dict[str, object]:
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        (messages(("assistant", "a"), ("user", "b")), DataFault.ROLE_ORDER),
        (messages(("user", "a"), ("user", "b")), DataFault.ROLE_ORDER),
        (messages(("user", "a")), DataFault.ROLE_ORDER),
        (messages(("user", "a"), ("assistant", "b"), ("user", "c")), DataFault.ROLE_ORDER),
        (messages(("user", ""), ("assistant", "b")), DataFault.EMPTY_TEXT),
        (messages(("user", "a"), ("assistant", "b\nAssistant: c")), DataFault.RESERVED_WORD),
        ({"messages": [{"role": "user", "content": [{"text": "a"}]}]}, DataFault.WRONG_SCHEMA),
        ({"messages": [{"role": "user"}]}, DataFault.WRONG_SCHEMA),
    ],
)
def test_turns_of_claude_are_judged(record: dict[str, object], fault: DataFault) -> None:
    assert places(scanned(line(record), CLAUDE)) == {fault: [1]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ([{"text": "a"}, {"image": IMAGE}], DataFault.MEDIA),
        ([{"text": ""}], DataFault.EMPTY_TEXT),
        ([{"toolUse": {}}], DataFault.WRONG_SCHEMA),
        ([{"text": 5}], DataFault.WRONG_SCHEMA),
        ([], DataFault.WRONG_SCHEMA),
        ("plain text", DataFault.WRONG_SCHEMA),
    ],
)
def test_an_answers_content_blocks_are_judged(content: object, fault: DataFault) -> None:
    turns = [{"role": "user", "content": [{"text": "a"}]}, {"role": "assistant", "content": content}]
    assert places(scanned(line(GOOD[CONVERSATION] | {"messages": turns}), CONVERSATION)) == {fault: [1]}


def test_an_answer_may_carry_its_reasoning() -> None:
    answer = [{"reasoningContent": {"reasoningText": {"text": "hm"}}}, {"text": "b"}]
    turns = [{"role": "user", "content": [{"text": "a"}]}, {"role": "assistant", "content": answer}]
    assert scanned(line(GOOD[CONVERSATION] | {"messages": turns}), CONVERSATION).faults == ()


@pytest.mark.parametrize("schema", GOOD)
def test_a_file_of_another_schema_is_wrong_in_every_line(schema: RecordSchema) -> None:
    for other in set(GOOD) - {schema}:
        result = scanned(line(GOOD[other]) * 9, schema)
        assert places(result) == {DataFault.WRONG_SCHEMA: [1, 2, 3, 4, 5]}
        assert result.faults[0].count == 9


@pytest.mark.fault(55)
@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n \n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_a_file_without_records_is_empty(data: bytes) -> None:
    assert DataFault.EMPTY in places(scanned(data))
    assert scanned(data).records == 0


@pytest.mark.fault(55)
def test_blank_lines_count_between_records_and_not_after_them() -> None:
    good = line(GOOD[PROMPT])
    assert scanned(good + b"\n \n\n").faults == ()
    assert scanned(good.rstrip()).faults == ()
    result = scanned(good + b"\n\n" + good + b"\r\n" + good)
    assert result.faults[0].fault is DataFault.BLANK_LINE
    assert result.faults[0].count == 3
    assert result.records == 3


@pytest.mark.fault(53)
def test_a_compressed_file_is_refused_by_its_first_bytes_and_never_decompressed() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    result = scanned(bomb)
    assert places(result) == {DataFault.COMPRESSED: [1]}
    assert not result.whole


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_wide_encoding_is_told_as_such(encoding: str) -> None:
    data = (json.dumps(GOOD[PROMPT]) * 3).encode(encoding)
    assert places(scanned(data)) == {DataFault.UTF16: [1]}


def test_a_byte_order_mark_is_a_warning_and_the_first_record_is_read() -> None:
    result = scanned(b"\xef\xbb\xbf" + line(GOOD[PROMPT]))
    assert places(result) == {DataFault.BOM: [1]}
    assert result.tokens.low > 0


@pytest.mark.parametrize(
    ("characters", "fault"),
    [(120, {}), (121, {DataFault.PERHAPS_OVER_TOKENS: [1]}), (241, {DataFault.OVER_TOKENS: [1]})],
)
def test_the_token_limit_is_an_error_by_both_estimates_and_a_warning_by_one(
    characters: int, fault: dict[DataFault, list[int]]
) -> None:
    data = line({"prompt": "x" * (characters - 1), "completion": "y"})
    assert places(scanned(data, max_tokens=40)) == fault


@pytest.mark.fault(51)
def test_reading_ends_at_its_limit_however_much_there_is() -> None:
    def endless() -> Iterator[bytes]:
        return repeat(line(GOOD[PROMPT]) * 100)

    result = scan(endless(), RULES[PROMPT], max_bytes=1 << 20)
    assert not result.whole
    assert result.size <= 1 << 20
    assert result.faults == ()


def test_every_fault_has_a_meaning() -> None:
    assert set(MEANINGS) == set(DataFault)


MARKER = "sesame-7f3a"


@given(
    st.sampled_from(list(GOOD)),
    st.sampled_from(
        [
            f'{{"prompt": "{MARKER}", "completion": "{MARKER}"}}',
            f'{{"prompt": "{MARKER}", "prompt": "x"}}',
            f'{{"{MARKER}": NaN}}',
            f'{{"prompt": "{MARKER}',
            f'["{MARKER}"]',
            f'{{"messages": [{{"role": "{MARKER}", "content": "Human: {MARKER}"}}]}}',
            MARKER,
            MARKER * 120_000,
        ]
    ),
)
def test_no_text_of_a_record_is_in_what_is_told(schema: RecordSchema, text: str) -> None:
    result = scanned(text.encode() + b"\n", schema, 10)
    told = dumps(problems_of(result.faults, "training_data_path", RULES[schema])) + dumps(replace(result))
    assert MARKER not in told


@given(st.lists(st.binary(max_size=80), max_size=8), st.sampled_from(list(RecordSchema)))
def test_no_bytes_make_a_scan_raise(chunks: list[bytes], schema: RecordSchema) -> None:
    wanted = replace(RULES.get(schema, RecordRules(schema)), max_tokens=100)
    result = scan(chunks, wanted)
    assert result.records >= 0
    problems_of(result.faults, "training_data_path", wanted)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["prompt", "completion", "messages", "role", "content", "text", "system", "image"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=14,
)


@given(
    st.dictionaries(st.sampled_from(["schemaVersion", "system", "messages", "prompt", "completion"]), JSON)
)
def test_no_record_makes_a_scan_raise(record: dict[str, object]) -> None:
    for schema in RecordSchema:
        whole = record | ({"schemaVersion": schema.value} if "schemaVersion" in record else {})
        assert scan([line(whole)], RULES.get(schema, RecordRules(schema))).records == 1
