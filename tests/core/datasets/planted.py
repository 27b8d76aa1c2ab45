"""Training files made to order: good ones of every schema, and ones with one fault at a known line."""

import gzip
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass

from finetune_guard.core.hyperparameters.base_model import RecordSchema

PROMPT, CONVERSATION, CLAUDE = (
    RecordSchema.PROMPT_COMPLETION,
    RecordSchema.CONVERSATION,
    RecordSchema.CLAUDE_MESSAGES,
)
SCHEMAS = (PROMPT, CONVERSATION, CLAUDE)
#: One base for each schema; all take a validation file.
BASES: Mapping[RecordSchema, str] = {
    PROMPT: "meta.llama3-1-8b-instruct-v1:0:128k",
    CONVERSATION: "amazon.nova-lite-v1:0:300k",
    CLAUDE: "anthropic.claude-3-haiku-20240307-v1:0:200k",
}
BUCKET = "guard-bucket"
#: Records of a file, and the line at which a fault is planted.
RECORDS, LINE = 120, 47

Record = dict[str, object]


def record(schema: RecordSchema, prompt: str, answer: str, system: str = "") -> Record:
    """A record of one question and one answer."""
    if schema is PROMPT:
        return {"prompt": prompt, "completion": answer}
    if schema is CLAUDE:
        turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
        return {"system": system, "messages": turns} if system else {"messages": turns}
    blocks = [
        {"role": role, "content": [{"text": text}]}
        for role, text in (("user", prompt), ("assistant", answer))
    ]
    head: Record = {"schemaVersion": "bedrock-conversation-2024"}
    return head | ({"system": [{"text": system}]} if system else {}) | {"messages": blocks}


def good(schema: RecordSchema, count: int = RECORDS, first: int = 0) -> list[Record]:
    """Records that differ from each other."""
    return [
        record(schema, f"Where is parcel {n}? It left on Monday.", f"Parcel {n} is on its way to you.")
        for n in range(first, first + count)
    ]


def written(records: list[Record], end: bytes = b"\n") -> bytes:
    """A file of the records."""
    return b"".join(json.dumps(each).encode() + end for each in records)


def with_line(schema: RecordSchema, content: bytes) -> bytes:
    """A good file whose line LINE is something else."""
    lines = written(good(schema)).splitlines()
    lines[LINE - 1] = content
    return b"\n".join(lines) + b"\n"


def with_record(schema: RecordSchema, changed: Record) -> bytes:
    """A good file whose record at LINE is another."""
    return with_line(schema, json.dumps(changed).encode())


def offset_of(data: bytes, line: int) -> int:
    """Byte offset of a line."""
    return sum(len(each) + 1 for each in data.split(b"\n")[: line - 1])


def _plain(schema: RecordSchema) -> bytes:
    return written(good(schema))


def _unicode(schema: RecordSchema) -> bytes:
    texts = [
        (f"Où est le colis n° {n} ? שלום 😀", f"Il arrive demain, {n}\u00a0€ … ß İ") for n in range(RECORDS)
    ]
    lines = [
        json.dumps(record(schema, *pair), ensure_ascii=bool(n % 2)).encode() for n, pair in enumerate(texts)
    ]
    return b"\n".join(lines) + b"\n"


def _crlf(schema: RecordSchema) -> bytes:
    return written(good(schema), b"\r\n")


def _no_final_newline(schema: RecordSchema) -> bytes:
    return written(good(schema)).rstrip()


def _long(schema: RecordSchema) -> bytes:
    """One record just under the limit, at three characters a token."""
    filler = "word " * (3 * 16_000 // 5 - 20)
    return with_record(schema, record(schema, filler, "Yes."))


def _quotes_and_blanks(schema: RecordSchema) -> bytes:
    r"""JSON in the texts, \u0022, blanks before colons, empty lines at the end."""
    records = [
        record(schema, f'Say {{"parcel": "{n}"}} : now', json.dumps({"parcel": n, "path": "C:\\x\\"}))
        for n in range(RECORDS)
    ]
    lines = [json.dumps(each, separators=(" , ", " : ")).encode() for each in records]
    lines[LINE] = lines[LINE].replace(b'\\"', b"\\u0022")
    return b"\n".join(lines) + b"\n\n \r\n"


def _rich(schema: RecordSchema) -> bytes:
    """What only this schema has: system prompts, several turns, media."""
    if schema is PROMPT:
        return written([dict(reversed(each.items())) for each in good(PROMPT)])
    records = [record(schema, f"Where is {n}?", f"Here, {n}.", "Be brief.") for n in range(RECORDS)]
    more = record(schema, "And tomorrow?", "There.")
    several = deepcopy(records[5])
    several["messages"] = [*_turns(several), *_turns(more)]
    records[5] = several
    if schema is CONVERSATION:
        records[6]["messages"] = [_shown([image(), image("JPEG"), {"text": "What is it?"}]), _turns(more)[1]]
        records[7]["messages"] = [_shown([image(name="b.png")]), _turns(more)[1]]
    return written(records)


def _turns(each: Record) -> list[object]:
    turns = each["messages"]
    assert isinstance(turns, list)
    return turns


def _shown(blocks: list[object], role: str = "user") -> Record:
    return {"role": role, "content": blocks}


def image(kind: str = "png", name: str = "a.png", bucket: str = BUCKET) -> Record:
    """A content block of an image."""
    return {"image": {"format": kind, "source": {"s3Location": {"uri": f"s3://{bucket}/images/{name}"}}}}


def video() -> Record:
    """A content block of a video."""
    return {"video": {"format": "mp4", "source": {"s3Location": {"uri": f"s3://{BUCKET}/a.mp4"}}}}


GOOD: Mapping[str, Callable[[RecordSchema], bytes]] = {
    "plain": _plain,
    "unicode": _unicode,
    "CRLF": _crlf,
    "no final newline": _no_final_newline,
    "long": _long,
    "quotes and blanks": _quotes_and_blanks,
    "rich": _rich,
}


@dataclass(frozen=True)
class Planted:
    """A training file with one fault.

    Attributes:
        name: Of the fault, for a person.
        code: What has to be found, and nothing else.
        data: The file.
        lines: Where it has to be found; empty where the fault is of the file, not of a line.
        severity: How bad it is.
        schema: Decides the base.
    """

    name: str
    code: str
    data: bytes
    lines: tuple[int, ...] = (LINE,)
    severity: str = "error"
    schema: RecordSchema = PROMPT


def _of_lines(schema: RecordSchema) -> list[Planted]:
    """Rows 52 and 54 of the fault table: what keeps a line from being a record."""
    sound = json.dumps(good(schema)[LINE]).encode()
    prompt, first = sound.find(b'"Where'), sound.find(b'"', 1)
    doubled = sound[: prompt + 1] + sound[prompt + 1 :].replace(b'."', b'.", "role": "x", "role": "user"', 1)
    key = sound[first:].split(b":")[0]
    planted = {
        ("a giant line", "DS010"): b'{"prompt": "' + b"x" * (2 << 20) + b'"}',
        ("bytes that are not UTF-8", "DS011"): sound.replace(b"parcel", b"parc\xff\xfe", 1),
        ("half a line", "DS012"): sound[:-9],
        ("two records in a line", "DS012"): sound + sound,
        ("deep nesting", "DS013"): b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
        ("an integer of 5,000 digits", "DS014"): b'{"prompt": 1' + b"0" * 5000 + b"}",
        ("a number beyond a double", "DS014"): b'{"prompt": 1e999}',
        ("a key twice", "DS015"): b"{" + key + b':"x",' + sound[1:],
        ("a key twice, with blanks and quotes", "DS015"): b"{" + key + b' :"\\"",' + sound[1:],
        ("a nested key twice", "DS015"): doubled,
        ("NaN", "DS016"): sound[:-1] + b', "score": NaN}',
        ("a list", "DS018"): b"[" + sound + b"]",
    }
    return [
        Planted(name, code, with_line(schema, line), schema=schema) for (name, code), line in planted.items()
    ]


def _half_a_pair(schema: RecordSchema) -> Planted:
    line = json.dumps(record(schema, "cut \ud83d", "Yes.")).encode()
    return Planted(
        "half of a surrogate pair", "DS019", with_line(schema, line), severity="warning", schema=schema
    )


def _of_files(schema: RecordSchema) -> list[Planted]:
    """Rows 53 and 55: what keeps a file from being JSONL."""
    data = written(good(schema))
    lines = data.split(b"\n")
    gap = b"\n".join([*lines[: LINE - 1], b"", b" \t", *lines[LINE - 1 :]])
    return [
        Planted("an empty file", "DS001", b"", (1,), schema=schema),
        Planted("only blank lines", "DS001", b"\n \n\r\n", (1,), schema=schema),
        Planted("gzip", "DS002", gzip.compress(data), (1,), schema=schema),
        Planted("UTF-16", "DS003", data.decode().encode("utf-16"), (1,), schema=schema),
        Planted("a byte-order mark", "DS004", b"\xef\xbb\xbf" + data, (1,), "warning", schema),
        Planted("blank lines in between", "DS017", gap, (LINE,), "warning", schema),
    ]


def _of_records(schema: RecordSchema) -> list[Planted]:
    """What a record of the schema may not be."""
    other = SCHEMAS[(SCHEMAS.index(schema) + 1) % 3]
    extra = record(schema, "Where?", "Here.") | {"label": "x"}
    longest = {PROMPT: 16_000, CONVERSATION: 32_000, CLAUDE: 32_000}[schema]
    return [
        Planted("another schema", "DS020", with_record(schema, good(other)[0]), schema=schema),
        Planted(
            "a key too many",
            "DS020" if schema is CLAUDE else "DS021",
            with_record(schema, extra),
            severity="error" if schema is CLAUDE else "warning",
            schema=schema,
        ),
        Planted(
            "an empty turn",
            "DS022",
            with_record(schema, record(schema, "Where?", "")),
            severity="error" if schema is CONVERSATION else "warning",
            schema=schema,
        ),
        Planted(
            "over the token limit",
            "HP012",
            with_record(schema, record(schema, "word " * (longest * 6 // 5), "Yes, it is.")),
            schema=schema,
        ),
        Planted(
            "perhaps over the token limit",
            "HP012",
            with_record(schema, record(schema, "word " * (longest * 4 // 5), "Yes, it is.")),
            severity="warning",
            schema=schema,
        ),
    ]


def _of_turns(schema: RecordSchema) -> list[Planted]:
    swapped, open_end = good(schema)[0], good(schema)[0]
    swapped["messages"] = _turns(swapped)[::-1]
    open_end["messages"] = [*_turns(open_end), _turns(open_end)[0]]
    word = "Human: hi" if schema is CLAUDE else "User: hi"
    reserved = record(schema, f"Say this:\n{word}", "hi")
    return [
        Planted("an answer first", "DS023", with_record(schema, swapped), schema=schema),
        Planted("no answer last", "DS023", with_record(schema, open_end), schema=schema),
        Planted("a reserved word", "DS024", with_record(schema, reserved), schema=schema),
    ]


def _of_media() -> list[Planted]:
    def asked(*blocks: Record) -> bytes:
        turns = [_shown([*blocks, {"text": "What is it?"}]), _shown([{"text": "A box."}], "assistant")]
        return with_record(CONVERSATION, good(CONVERSATION)[0] | {"messages": turns})

    answered = [_shown([{"text": "Draw."}]), _shown([{"text": "So."}, image()], "assistant")]
    inline: Record = {"image": {"format": "png", "source": {"bytes": "aGk="}}}
    thought: Record = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    mixed = good(CONVERSATION)
    for place, block in ((3, image()), (LINE - 1, video())):
        mixed[place]["messages"] = [_shown([block, {"text": f"{place}?"}]), *_turns(mixed[place])[1:]]
    planted = {
        ("an image in an answer", "DS025"): with_record(
            CONVERSATION, good(CONVERSATION)[0] | {"messages": answered}
        ),
        ("eleven images", "DS027"): asked(*[image(name=f"{n}.png") for n in range(11)]),
        ("two videos", "DS027"): asked(video(), video()),
        ("image bytes in the record", "DS028"): asked(inline),
        ("an image in another bucket", "DS028"): asked(image(bucket="elsewhere")),
        ("an image of another format", "DS028"): asked(image("tiff")),
        ("a video among images", "DS029"): written(mixed),
        ("reasoning for a base that takes none", "DS030"): asked(thought),
    }
    return [Planted(name, code, data, schema=CONVERSATION) for (name, code), data in planted.items()]


def _of_all_records(schema: RecordSchema) -> list[Planted]:
    """What shows when records are compared; the first places are told."""
    same = [record(schema, f"Is parcel {n} here?", "No." if n % 10 else f"Yes, {n}.") for n in range(RECORDS)]
    asked = [record(schema, "Is it  HERE?" if n % 3 else f"Is {n}?", f"No, {n}.") for n in range(RECORDS)]
    repeated = good(schema)
    repeated[LINE - 1 : LINE + 9] = good(schema, 10)
    return [
        Planted("one answer for most", "HP054", written(same), (2, 3, 4, 5, 6), "warning", schema),
        Planted("one prompt for many", "HP054", written(asked), (3, 5, 6, 8, 9), "warning", schema),
        Planted(
            "repeated records",
            "HP053",
            written(repeated),
            tuple(range(LINE, LINE + 5)),
            "info" if schema is CONVERSATION else "warning",
            schema,
        ),
    ]


PLANTED: tuple[Planted, ...] = (
    *(fault for schema in SCHEMAS for fault in _of_lines(schema)),
    *(_half_a_pair(schema) for schema in SCHEMAS),
    *(fault for schema in SCHEMAS for fault in _of_files(schema)),
    *(fault for schema in SCHEMAS for fault in _of_records(schema)),
    *(fault for schema in (CONVERSATION, CLAUDE) for fault in _of_turns(schema)),
    *_of_media(),
    *(fault for schema in SCHEMAS for fault in _of_all_records(schema)),
)
