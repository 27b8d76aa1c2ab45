import codecs
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.metrics.bedrock_csv import ReadMetrics, Schema, read_training, read_validation
from finetune_guard.core.metrics.rows import Reason

HEADER = "step_number,epoch_number,training_loss"


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "".join(f"{line}\n" for line in (header, *rows)).encode()


def points(read: ReadMetrics) -> list[tuple[int, str]]:
    """Losses as text, since NaN is not equal to itself."""
    return [
        (int(step), repr(float(loss))) for step, loss in zip(read.series.step, read.series.loss, strict=True)
    ]


def test_a_file_as_the_real_nova_ones_is_read_whole() -> None:
    read = read_training(csv("1,0,1.62874", "2,0,1.3466", "3,1,0.339695"), complete=False)

    assert read.series.step.tolist() == [1, 2, 3]
    assert read.series.epoch.tolist() == [0, 0, 1]
    assert read.series.loss.tolist() == [1.62874, 1.3466, 0.339695]
    assert (read.schema, read.rows, read.rejected, read.attempts) == (Schema.KNOWN, 3, 0, 1)
    assert len(read.series.learning_rate) == 0
    assert read.remarks() == ()


def test_a_file_as_documented_is_read_whole() -> None:
    header = "step_number,epoch_number,training_loss,perplexity"

    read = read_training(csv("0,0,1.5,4.48", "1,0,1.25,3.49", header=header), complete=False)

    assert points(read) == [(0, "1.5"), (1, "1.25")]


def test_a_validation_file_gives_its_validation_losses() -> None:
    data = csv("6,0,0.1763", "12,1,0.0452", header="step_number,epoch_number,validation_loss")

    assert points(read_validation(data, complete=True)) == [(6, "0.1763"), (12, "0.0452")]
    assert read_training(data, complete=True).schema is Schema.UNKNOWN


@pytest.mark.fault(37)
@pytest.mark.parametrize(
    "data", [b"", b"\n\r\n", b"step_number,epo", codecs.BOM_UTF8, "step".encode("utf-16")]
)
def test_before_a_whole_header_there_is_nothing_yet(data: bytes) -> None:
    read = read_training(data, complete=False)

    assert read.schema is Schema.NOT_THERE_YET
    assert (len(read.series), read.attempts, read.remarks()) == (0, 0, ())


@pytest.mark.fault(44)
@pytest.mark.parametrize("header", ["1,0,1.62874", "step_number,epoch_number,cost", "x" * 100_000])
def test_an_unknown_schema_is_a_value_that_says_what_was_found(header: str) -> None:
    read = read_training(csv("2,0,1.5", header=header), complete=True)

    assert read.schema is Schema.UNKNOWN
    assert len(read.series) == 0
    assert header.partition(",")[0][:40] in read.remarks()[0]


@pytest.mark.fault(42)
def test_non_finite_losses_are_points_and_blank_ones_are_not() -> None:
    read = read_training(
        csv("1,0,nan", "2,0,-Infinity", "3,0,1e999", "4,0,", "5,0,null", "6,0,0.5"), complete=False
    )

    assert points(read) == [(1, "nan"), (2, "-inf"), (3, "inf"), (6, "0.5")]
    assert (read.blank, read.rejected) == (2, 0)


def test_what_was_wrong_is_told_in_sentences() -> None:
    read = read_training(csv("1,0,1.5", "1,0,2.5", "2,0,oops", "3,0,1.0"), complete=False)

    assert read.rejections[0].reason is Reason.LOSS
    assert read.remarks() == (
        "1 of 4 rows rejected, the first row 3: its loss is no number.",
        "1 further rows of a step that had one already: its mean counts.",
    )


@pytest.mark.fault(47)
def test_a_restart_within_the_file_is_told() -> None:
    rows = [f"{step},0,{loss}" for loss in (5.0, 1.0) for step in range(1, 8)]

    read = read_training(csv(*rows), complete=False)

    assert points(read) == [(step, "1.0") for step in range(1, 8)]
    assert read.remarks() == ("Training began 2 times; 7 rows of earlier attempts are not judged.",)


LINE = st.one_of(
    st.sampled_from(
        ["1.5", "nan", "1e999", "", "0.25", "x", "1,5", '"', "\x00", "é", "1_0", " 2.0 ", '"3.5"']
    ),
    st.floats().map(repr),
)


@pytest.mark.fault(41)
@given(
    losses=st.lists(LINE, max_size=12),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    share=st.floats(0, 1),
)
def test_a_prefix_of_a_file_gives_a_prefix_of_its_points(
    losses: list[str], encoding: str, newline: str, share: float
) -> None:
    rows = [f"{step},{step // 4},{loss}" for step, loss in enumerate(losses)]
    data = "".join(line + newline for line in [HEADER, *rows]).encode(encoding)

    seen = points(read_training(data[: round(share * len(data))], complete=False))

    assert seen == points(read_training(data, complete=True))[: len(seen)]


@given(
    losses=st.lists(LINE, max_size=12),
    encoding=st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
@pytest.mark.fault(43)
def test_the_encoding_of_a_file_does_not_change_its_points(
    losses: list[str], encoding: str, newline: str
) -> None:
    lines = [HEADER, *(f"{step},0,{loss}" for step, loss in enumerate(losses))]
    plain = "".join(line + "\n" for line in lines).encode()
    dressed = "".join(line + newline for line in lines).encode(encoding)

    assert points(read_training(dressed, complete=False)) == points(read_training(plain, complete=False))


@pytest.mark.fault(45)
@pytest.mark.fault(46)
@given(st.lists(st.floats(), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_shuffled_and_repeated_rows_give_the_same_curve(losses: list[float], rng: object) -> None:
    rows = [f"{step},{step // 5},{loss!r}" for step, loss in enumerate(losses)]
    again = rows + rows[::2]
    rng.shuffle(again)  # type: ignore[attr-defined]

    assert points(read_training(csv(*again), complete=False)) == points(
        read_training(csv(*rows), complete=False)
    )


@given(st.binary(max_size=400), st.booleans())
def test_no_bytes_whatever_raise(data: bytes, complete: bool) -> None:
    for read in (read_training(data, complete=complete), read_validation(data, complete=complete)):
        assert np.all(np.diff(read.series.step) > 0)


@given(
    st.lists(
        st.lists(st.text('0123456789.,-naif\r\n"\0 ', max_size=9), max_size=4).map(",".join), max_size=30
    )
)
def test_every_row_is_accounted_for(rows: list[str]) -> None:
    read = read_training(csv(*rows), complete=True)

    gone = read.blank + read.rejected + read.duplicates + read.merged + read.superseded
    assert read.rows == len(read.series) + gone


def test_a_million_rows_are_read_to_the_last() -> None:
    rows = 1_000_000
    data = csv() + b"".join(b"%d,%d,1.%06d\n" % (step, step // 100_000, step) for step in range(rows))

    read = read_training(data, complete=False)

    assert len(read.series) == rows
    assert read.series.loss[-1] == 1.999999
    assert not math.isnan(read.series.epoch.sum())


_BOUNDED = """
import pathlib, resource
from finetune_guard.core.metrics.bedrock_csv import read_training

row = b"%07d,0,1.2345678901234567890\\n"
data = b"step_number,epoch_number,training_loss\\n" + b"".join({rows})
size = len(data)
read_training(data[:100_000], complete=False)
pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
used = pages * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + size + (30 << 20), -1))
read = read_training(data, complete=False)
print(size, len(read.series), read.rejected)
"""


@pytest.mark.fault(48)
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
@pytest.mark.parametrize(
    ("rows", "points_read", "rejected"),
    [
        ("row % step for step in range(1_500_000)", 1_500_000, 0),
        ("[b'x' * 50_000_000, b'\\n', row % 7]", 1, 1),
    ],
    ids=["plain rows", "one endless line"],
)
def test_a_file_of_50_mb_is_read_within_its_own_size_and_30_mb(
    rows: str, points_read: int, rejected: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BOUNDED.format(rows=rows)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    size, found, lost = map(int, done.stdout.split())
    assert size > 40_000_000
    assert (found, lost) == (points_read, rejected)
