"""The fast way to read a file gives what the slow ones give."""

import json
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bench.json_loop import Loop
from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.fingerprints import Fingerprints
from finetune_guard.core.datasets.lines import Line, blank
from finetune_guard.core.datasets.reading import RecordReader, read_strictly
from finetune_guard.core.datasets.record_rules import RecordRules, rules_of
from finetune_guard.core.datasets.records import scan
from finetune_guard.core.hyperparameters.base_model import RecordSchema
from finetune_guard.core.hyperparameters.catalogue import find
from tests.core.datasets.planted import BASES, PLANTED, SCHEMAS, Planted, good, image, record


def rules(schema: RecordSchema) -> RecordRules:
    base = find(BASES[schema])
    assert base is not None
    return rules_of(base)


TEXTS = st.text(
    st.sampled_from('a":\\,{}[]\n\t é😀<>Usermi0') | st.characters(), max_size=12
) | st.sampled_from(["User:", "\nHuman: x", "<image>", '\\"', '":"', "\ud800"])
RICH = record(SCHEMAS[1], "Where?", "Here.", "Be brief.")
RICH["messages"] = [
    {"role": "user", "content": [image(), {"text": "What?"}]},
    {"role": "assistant", "content": []},
]


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A good record with odd texts, spelled in one way or another, and then perhaps damaged."""
    made = record(draw(st.sampled_from(SCHEMAS)), draw(TEXTS), draw(TEXTS), draw(TEXTS))
    made = draw(st.sampled_from([made, RICH]))
    blanks = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :"), ("\t,", "\r:")]))
    line = json.dumps(made, separators=blanks, ensure_ascii=draw(st.booleans())).encode(
        "utf-8", "surrogatepass"
    )
    line = line.replace(b'\\"', draw(st.sampled_from([b'\\"', b"\\u0022"])))
    for _ in range(draw(st.integers(0, 3))):
        at, end = draw(st.integers(0, len(line))), draw(st.integers(0, 9))
        patch = draw(
            st.sampled_from(
                [
                    b"",
                    b'"',
                    b'"prompt":"x",',
                    b'"role":"user",',
                    b"\\",
                    b"NaN",
                    b"1e999",
                    b"{",
                    b"}",
                    b"\x00",
                    b"\xff",
                ]
            )
            | st.binary(max_size=3)
        )
        line = line[:at] + patch + line[at + end :]
    return line.replace(b"\n", b"")


@pytest.mark.parametrize("schema", SCHEMAS)
@given(lines())
@example(b'{"prompt" :"a","prompt":"b","completion":"c"}')
@example(b'{"prompt":"\\u0022\\u0022","prompt":"","completion":"c"}')
@example(b'{"prompt":"a\\\\","completion":"c","prompt":"b"}')
@example(b'{"messages":[{"role":"user","content":"a","role":"user"},{"role":"assistant","content":"b"}]}')
@example(b'{"prompt":"\\ud83d","completion":"c"}')
@example(b'{"prompt":"a","completion":1e999}')
@example(
    b'{"system":"\\ud800","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}'
)
def test_the_fast_reader_says_what_the_strict_one_says(schema: RecordSchema, content: bytes) -> None:
    line = Line(3, 70, len(content), content)
    expected = None if blank(line) else read_strictly(line, rules(schema))
    assert RecordReader(rules(schema)).read(line) == expected


@pytest.mark.parametrize("schema", SCHEMAS)
@given(
    st.lists(lines() | st.sampled_from([b"", b" ", b'{"prompt":"a"', b'"completion":"b"}']), max_size=8),
    st.data(),
)
def test_a_scan_does_not_depend_on_how_the_file_is_cut(
    schema: RecordSchema, content: list[bytes], data: st.DataObject
) -> None:
    end = data.draw(st.sampled_from([b"\n", b"\r\n"]))
    whole = end.join(content)
    size = data.draw(st.integers(1, len(whole) + 1))
    chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert scan(chunks, rules(schema)) == scan([whole], rules(schema))


@pytest.mark.parametrize(
    "data",
    [
        b'{"prompt":"a"\n,"completion":"b"}',
        b'{"prompt":"a","completion":"b"} {"prompt":"c","completion":"d"}\n\n',
        b'{"prompt":"a","completion":"b"}{"prompt":"c","completion":"d"}\n{}\n',
        b'{"prompt":"a}\n{","completion":"b"}\n{"prompt":"","completion":"b"} {"prompt":"c","completion":""}',
        b'{"prompt":"a","completion":"b"},\n{"prompt":"c","completion":"d"}',
    ],
)
def test_a_record_over_two_lines_and_two_in_one_are_no_records(data: bytes) -> None:
    (found, *_) = scan([data], rules(RecordSchema.PROMPT_COMPLETION)).faults
    assert found.fault is DataFault.NOT_JSON


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_plain_loop_counts_the_same(schema: RecordSchema) -> None:
    records = [*good(schema, 300), record(schema, "", "User:\nHuman: x"), record(schema, "w " * 60_000, "x")]
    data = b"".join(json.dumps(each).encode() + b"\n" for each in records) + b"\nno json\n{}\n"
    wanted = replace(rules(schema), refuses_empty=False)
    kept, loop = Fingerprints(), Loop(wanted)
    found = scan([data], wanted, fingerprints=kept)
    loop.run([data])
    counted = {each.fault: each.count for each in found.faults if each.fault is not DataFault.BLANK_LINE}
    assert counted == dict(loop.faults)
    assert (found.records, found.tokens.low, found.tokens.high) == (loop.records, loop.low, loop.high)
    assert [kept.records, kept.prompts, kept.answers] == list(loop.columns[:3])


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: f"{planted.name} {planted.schema}")
def test_no_text_of_a_planted_file_is_told(planted: Planted) -> None:
    told = repr(scan([planted.data], rules(planted.schema)))
    assert "parcel" not in told
    assert "Where" not in told
