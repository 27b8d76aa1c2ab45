"""Generated training files through the whole of `check_data`, for every base that is trained on text."""

import json
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from finetune_guard.core.config import Reading, examine_config
from finetune_guard.core.datasets.measuring import measure
from finetune_guard.core.datasets.records import Scan
from finetune_guard.core.hyperparameters.base_model import TEXT_SCHEMAS, BaseModel
from finetune_guard.core.hyperparameters.catalogue import shipped
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.check_data import check_data
from tests.configs import LEAST
from tests.core.datasets.planted import CONVERSATION, SCHEMAS, good, image, record, video
from tests.fakes.clock import START

#: In every record; never in what is told.
MARKER = "sesame-7f3a"
#: Seconds that a file may take, and bytes by which the memory may grow over a whole run.
DEADLINE, GROWTH = 5, 64 << 20
#: Files of one hypothesis run; it remembers what it tried, and a long run would fill the memory by itself.
BATCH = 1000

BASES = tuple(base for base in shipped() if base.limits.schema in TEXT_SCHEMAS)
PATHS = ("s3://guard-bucket/train.jsonl", "s3://guard-bucket/held-out.jsonl")

#: Characters that JSON, the reserved words and Unicode make something of.
CHARACTERS = 'a":\\,{}[]\n\t\r é😀<>Usermi0\u00a0\u2028\x00\ud800\udc00İ'
TEXTS = ("User:", "\nHuman: x", "<image>", "[EOS]", '\\"', '":"', "\ud800", MARKER, "word " * 60, "", "Yes.")
PATCHES = (
    b"",
    b'"',
    b"\\",
    b"\\ud83d",
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5000,
    b"[" * 2000,
    b'{"a":' * 2000,
    b"{",
    b"}",
    b",",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b'"prompt":"x",',
    b'"role":"user",',
    b'"text":"x",',
    b'"\\u0022":1,',
)
BLANKS = ((",", ":"), (", ", ": "), (" ,", " :"), ("\t,", "\r:"))
HEADS = (b"", b"", b"", b"", b"\xef\xbb\xbf", b"\x1f\x8b", b"PK\x03\x04", b"\xff\xfe", b"\x00\x00")
ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"\n\n")
COMMON = tuple(json.dumps(each).encode() for schema in SCHEMAS for each in good(schema, 4))
ODD = (b"", b" \t", b"{}", b"[]", b"1", b"{", b'{"prompt":"a"', b'"completion":"b"}', b"x" * ((1 << 20) + 1))


def text(random: Random) -> str:
    """A text with something odd in it, or one of the words that matter."""
    if random.random() < 0.3:
        return random.choice(TEXTS)
    return "".join(random.choices(CHARACTERS, k=random.randrange(13)))


def turns(random: Random) -> list[object]:
    """Turns of any blocks, in any order."""

    def block() -> object:
        thought = {"reasoningContent": {"reasoningText": {"text": text(random)}}}
        return random.choice([{"text": text(random)}, image(), image("tiff"), video(), thought, {}])

    return [
        {
            "role": random.choice(["user", "assistant"]),
            "content": [block() for _ in range(random.randrange(4))],
        }
        for _ in range(random.randrange(5))
    ]


def line(random: Random) -> bytes:
    """A good record with odd texts, spelled in one way or another, and then perhaps damaged."""
    made = record(random.choice(SCHEMAS), text(random), text(random), text(random))
    if random.random() < 0.2:
        made = record(CONVERSATION, "", "") | {"messages": turns(random)}
    spelled = json.dumps(made, separators=random.choice(BLANKS), ensure_ascii=random.random() < 0.5)
    content = spelled.encode("utf-8", "surrogatepass")
    if random.random() < 0.2:
        content = content.replace(b'\\"', b"\\u0022")
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        at = random.randrange(len(content) + 1)
        patch = random.choice(PATCHES) if random.random() < 0.8 else random.randbytes(3)
        content = content[:at] + patch + content[at + random.randrange(9) :]
    return content


def file(random: Random) -> bytes:
    """Lines of all kinds, some again and again, or bytes of no kind at all."""
    kind = random.random()
    if kind < 0.05:
        return random.choice(HEADS) + random.randbytes(random.randrange(200))
    if kind < 0.2:
        lines = [line(random)] * random.randrange(1, 40)
    else:
        odd = ODD if random.random() < 0.01 else ODD[:-1]
        makers = (lambda: line(random), lambda: random.choice(COMMON), lambda: random.choice(odd))
        lines = [random.choices(makers, (5, 5, 1))[0]() for _ in range(random.randrange(13))]
    return random.choice(HEADS) + random.choice(ENDS).join(lines)


@dataclass(frozen=True)
class Case:
    """What one run of the use case reads.

    Attributes:
        base: Whose rules apply.
        files: The training and the validation file.
        chunk: Bytes that the files arrive in.
    """

    base: BaseModel
    files: tuple[bytes, bytes]
    chunk: int


def case(random: Random) -> Case:
    """Two files, the base that they are for, and the pieces that they arrive in."""
    return Case(random.choice(BASES), (file(random), file(random)), random.choice([16, 64, 1000, 1 << 20]))


class Pieces:
    """DatasetFiles over a case."""

    def __init__(self, case: Case) -> None:
        self._data = dict(zip(PATHS, case.files, strict=True))
        self._chunk = case.chunk

    def facts(self, uri: str) -> FileFacts:
        """The size is true, the rest is made up."""
        return FileFacts(uri, len(self._data[uri]), "e", "v", START)

    def chunks(self, uri: str, pinned: FileFacts | None = None) -> Iterator[bytes]:
        """The file, cut."""
        data = self._data[uri]
        return (data[start : start + self._chunk] for start in range(0, len(data), self._chunk))

    def write(self, uri: str, chunks: Iterable[bytes]) -> FileFacts:
        """Nothing is written here."""
        raise AssertionError(uri)

    def writable(self, uri: str) -> None:
        """Nothing is written here."""
        raise AssertionError(uri)


def reading() -> Reading:
    """A config that names both files."""
    return examine_config(
        LEAST | dict(zip(("training_data_path", "validation_data_path"), PATHS, strict=True))
    )


READING = reading()


def check_case(case: Case) -> None:
    """Reads a case as pre-flight does, and holds what is told to what must always be true of it."""
    files = Pieces(case)
    answer = check_data(READING, case.base, files)
    assert answer.training is not None
    assert answer.validation is not None
    for problem in answer.problems:
        _check_problem(problem)
    for found, path in zip((answer.training, answer.validation), PATHS, strict=True):
        _check_scan(found, case.files[PATHS.index(path)])
        if found.whole:
            assert measure(files.chunks(path), case.base.limits.schema, "seed").records == found.records


def _check_problem(problem: Problem) -> None:
    assert problem.severity in {"error", "warning", "info"}
    assert problem.code
    assert problem.message
    assert problem.source
    assert "{" not in problem.message
    assert MARKER not in repr(problem)


def _check_scan(found: Scan, data: bytes) -> None:
    assert found.records <= data.count(b"\n") + 1
    for fault in found.faults:
        assert fault.count >= len(fault.places) >= 1
        for place in fault.places:
            assert place.line - 1 == data[: place.offset].count(b"\n")
            assert place.offset == 0 or data[place.offset - 1 : place.offset] == b"\n"


@contextmanager
def _deadline() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError(f"a file took more than {DEADLINE} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Runs:
    """Counts what was run, and how long the slowest took."""

    def __init__(self, check: Callable[[Case], None]) -> None:
        self._check = check
        self.files, self.slowest = 0, 0.0

    def __call__(self, one: Case) -> None:
        """Runs a case."""
        began = time.perf_counter()
        with _deadline():
            self._check(one)
        self.files += 2
        self.slowest = max(self.slowest, time.perf_counter() - began)


def run(count: int, seed_: int, check: Callable[[Case], None] = check_case) -> int:
    """Reads at least `count` generated files, and prints what came of it.

    Returns:
        0, or 1 where a file raised, hung or broke a promise; the seed of such a file is printed.
    """
    runs, began, batch = Runs(check), time.perf_counter(), 0
    before = 0
    while runs.files < count:
        try:
            _batch(runs, min(BATCH, count - runs.files) // 2 or 1, f"{seed_}/{batch}")
        except Exception:
            traceback.print_exc()
            return 1
        batch += 1
        before = before or _memory()
    grown = _memory() - before
    print(
        f"{runs.files:,} JSONL files for {len(BASES)} bases in {time.perf_counter() - began:.0f} s: "
        f"no traceback; the slowest two took {runs.slowest * 1000:.0f} ms; "
        f"memory grew by {grown / 1e6:.1f} MB after the first {BATCH}"
    )
    return int(grown > GROWTH)


def _batch(runs: Runs, examples: int, name: str) -> None:
    @seed(name)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=True))
    def one(random: Random) -> None:
        runs(case(random))

    one()


def _memory() -> int:
    """Most bytes that the process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
