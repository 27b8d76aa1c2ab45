"""Training logs in JSON that are nearly right, or nothing like it; of the right ones the curve is known."""

import json
from collections.abc import Callable
from random import Random

from tests.fuzz.damage import damaged
from tests.fuzz.holding import Document, Meant

#: Of a labelled run, and of a trainer's state: the list, the name of the loss, further names.
POINTS = ("points", "train_loss", ("lr", "grad_norm", "elapsed_s", "step_time_s", "memory_gib"))
HISTORY = ("log_history", "loss", ("learning_rate", "grad_norm", "memory_gib", "total_flos"))
#: The one evaluation of a sound log: its step, and its loss as it is spelled.
EVALUATION: Meant = (7, "0.5")
EVALUATED = {"points": ("evals", "val_loss"), "log_history": ("log_history", "eval_loss")}

#: Values as they are spelled, which a reader must take for what they are, or refuse.
VALUES = (
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e999",
    "-1e999",
    "1e-999",
    "NaN",
    "Infinity",
    "-Infinity",
    "[]",
    "{}",
    "[1]",
    '""',
    '"1"',
    '"nan"',
    '"Infinity"',
    '"1e999"',
    '"1_000"',
    '"0x10"',
    '"١٢"',
    '"1\\u0000"',
    '"\\ud800"',
    '"=1+1"',
    '"${1}"',
    '"\\u202e1"',
    *('" "', '{"loss":1}', "[" * 50 + "]" * 50, "9" * 400, "-" + "9" * 5_000, "0." + "0" * 400 + "1"),
    *(str(10**11), str(2**63), str(10**18), '"' + "x" * 3_000 + '"'),
)
#: Names under which nothing should be found, or memory is.
NAMES = (
    "step",
    "Step",
    "loss",
    "eval_loss",
    "epoch",
    "memory_gib",
    "max_memory_allocated",
    "",
    "Memory GiB",
    "\x00",
)
PATCHES = (
    *b'\n , : " { } [ ] \\ NaN -Infinity null 1e999'.split(b" "),
    *(b"", b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b'"step":1,', b'"loss":"x",'),
    *(b"9" * 400, b"[" * 3_000, b'{"a":' * 3_000),
)
NO_LOG = (
    "{",
    "[",
    "{}",
    "[]",
    "null",
    "[1,2]",
    '"log_history"',
    '{"points":1}',
    '{"points":[1]}',
    '{"points":{}}',
    '{"points":[{}]}',
    '{"log_history":null}',
    '{"log_history":[[]]}',
    '{"points":[],"evals":3}',
    *("", "{" * 5_000, "[" * 100_000, '{"points":' * 2_000),
    '{"log_history":[{"step":1,"loss":1}],"max_steps":"many"}',
)


def document(random: Random) -> Document:
    """A log of one kind or another."""
    kind = random.random()
    if kind < 0.03:
        return Document(
            random.choice(NO_LOG).encode() + random.randbytes(random.choice([0, 0, 3, 200])), None
        )
    if kind < 0.35:
        return _sound(random)
    made = _odd(random)
    return Document(damaged(made, random, PATCHES) if kind < 0.85 else made, None)


def large(random: Random, size: int) -> bytes:
    """About `size` bytes of one thing, which is what a reader may choke on."""
    entry: Callable[[int], str] = random.choice(
        [
            lambda row: f'{{"step":{row},"loss":{1 / (row + 1)!r}}}',
            lambda row: f'{{"step":{row % 7},"loss":"nan"}}',
            lambda row: '{"loss":1}',
            lambda row: "{}",
            lambda row: f'{{"step":{row},"loss":1,"{memory_name(row)}":"x"}}',
            lambda row: f'{{"step":{row},"loss":1,"{memory_name(row)}":1}}',
            lambda row: f'{{"step":{row},"loss":1,"memory{"_" * (row % 20_000)}gib":"x"}}',
            lambda row: f'{{"field {row}":{row}}}',
            lambda row: '{"step":1,"loss":' + "9" * 5_000 + "}",
            lambda row: "[" * 200 + "]" * 200,
            lambda row: f'{{"step":1,"eval_loss":1,"text":"{"x" * 1_000}"}}',
        ]
    )
    entries: list[str] = []
    length = 0
    while length < size:
        entries.append(entry(len(entries)))
        length += len(entries[-1])
    return ('{"log_history":[' + ",".join(entries) + "]}").encode()


def memory_name(row: int) -> str:
    """One of 262,144 spellings of one name."""
    gaps = [("", "_", "-", ".")[row >> 2 * place & 3] for place in range(9)]
    return "".join(letter + gap for letter, gap in zip("memorygib", gaps, strict=True))


def _sound(random: Random) -> Document:
    """Entries of rising steps, spelled as writers do; perhaps shuffled, or all of them twice."""
    key, loss, further = random.choice([POINTS, HISTORY])
    rows = [
        (step, _loss(random)) for step in sorted(random.sample(range(5_000), random.choice([0, 1, 2, 5, 40])))
    ]
    told = rows * random.choice([1, 1, 1, 2])
    if random.random() < 0.3:
        random.shuffle(told)
    as_text = random.random() < 0.2
    names = random.sample(further, random.randrange(3))
    entries = [
        {"step": str(step), loss: f'"{spelled}"' if as_text else spelled} | dict.fromkeys(names, "0.5")
        for step, spelled in told
    ]
    evaluations, evaluated = EVALUATED[key]
    lists = {key: entries}
    step, loss_then = EVALUATION
    lists.setdefault(evaluations, []).append({"step": str(step), evaluated: loss_then})
    return Document(_written(lists, random), tuple(rows))


def _odd(random: Random) -> bytes:
    """Entries whose names and values may be anything."""
    key, loss, further = random.choice([POINTS, HISTORY])
    names = ["step", loss, "epoch", *random.choices((*further, *NAMES), k=random.randrange(4))]
    entries, step = [], random.choice([0, 0, 1, 10**11 - 3])
    for _ in range(random.choice([0, 1, 3, 8, 30])):
        entry = dict.fromkeys(names, "1") | {"step": str(step), loss: _loss(random)}
        for _ in range(random.choice([0, 0, 0, 1, 2])):
            entry[random.choice((*names, *NAMES))] = random.choice(VALUES)
        for _ in range(random.choice([0, 0, 0, 0, 1])):
            entry.pop(random.choice(names), None)
        entries.append(entry)
        step += random.choices([1, 0, 2, -3, -step], (80, 5, 5, 5, 3))[0]
    lists = {key: entries, random.choice(["evals", "points", "log_history", "x"]): entries[:3]}
    return _written(lists, random)


def _loss(random: Random) -> str:
    if random.random() < 0.05:
        return random.choice(["NaN", "Infinity", "-Infinity", "1e999"])
    value = random.choice([random.uniform(0, 8), random.gauss(0, 1e3), 10 ** random.uniform(-320, 308)])
    return random.choice([repr(value), f"{value:.6g}", f"{value:.3E}"])


def _written(lists: dict[str, list[dict[str, str]]], random: Random) -> bytes:
    comma, colon = random.choice([(",", ":"), (", ", ": "), (",\n\t", " : ")])
    fields = [
        f"{json.dumps(key)}{colon}[{comma.join(_entry(e, comma, colon) for e in of)}]"
        for key, of in lists.items()
    ]
    if random.random() < 0.3:
        fields.append(f'"max_steps"{colon}{random.choice(VALUES)}')
    encoding = random.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig"])
    return ("{" + comma.join(fields) + "}").encode(encoding, "surrogatepass")


def _entry(entry: dict[str, str], comma: str, colon: str) -> str:
    return "{" + comma.join(f"{json.dumps(name)}{colon}{value}" for name, value in entry.items()) + "}"
