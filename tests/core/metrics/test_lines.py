import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.metrics.lines import BLOCK, LONGEST_LINE, blocks

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]
LINES = st.lists(st.text("0123456789.,- abcé\u20ac\U0001f600", min_size=1, max_size=12), max_size=8)


def whole_lines(data: bytes) -> list[str]:
    text = b"".join(block.text for block in blocks(data) if block.terminated)
    return [line for line in text.decode().split("\n") if line]


def tail(data: bytes) -> bytes:
    return b"".join(block.text for block in blocks(data) if not block.terminated)


@pytest.mark.fault(43)
@given(lines=LINES, encoding=st.sampled_from(ENCODINGS), newline=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_encoding_and_line_end_gives_the_same_lines(
    lines: list[str], encoding: str, newline: str
) -> None:
    written = ["step", *lines]
    data = "".join(line + newline for line in written).encode(encoding)

    assert whole_lines(data) == written
    assert tail(data) == b""


@pytest.mark.fault(41)
@given(
    lines=LINES,
    encoding=st.sampled_from(ENCODINGS),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    share=st.floats(0, 1),
)
def test_the_lines_of_a_prefix_are_a_prefix_of_the_lines(
    lines: list[str], encoding: str, newline: str, share: float
) -> None:
    data = "".join(line + newline for line in ["step", *lines]).encode(encoding)

    found = whole_lines(data[: int(share * len(data))])

    assert found == whole_lines(data)[: len(found)]


def test_a_last_line_without_a_line_end_comes_alone_and_marked() -> None:
    found = list(blocks(b"a\nb\nc"))

    assert [(block.text, block.terminated) for block in found] == [(b"a\nb\n", True), (b"c\n", False)]


@pytest.mark.fault(43)
def test_half_a_utf_16_character_at_the_end_spoils_the_last_line_only() -> None:
    data = "1,0\n2,0".encode("utf-16")[:-1]

    assert whole_lines(data) == ["1,0"]
    assert "\ufffd" in tail(data).decode()


def test_lines_over_a_border_between_blocks_stay_whole() -> None:
    line = b"1234567,0,1.5\r\n"
    data = line * (3 * BLOCK // len(line))

    found = list(blocks(data))

    assert len(found) > 2
    assert set(b"".join(block.text for block in found).split(b"\n")) == {b"1234567,0,1.5", b""}


@pytest.mark.fault(48)
def test_a_line_without_end_is_cut_and_takes_no_more_memory() -> None:
    found = list(blocks(b"x" * (5 * BLOCK)))

    assert [len(block.text) for block in found] == [LONGEST_LINE + 2]


@pytest.mark.fault(48)
def test_what_follows_a_line_that_is_too_long_is_read() -> None:
    lines = b"".join(block.text for block in blocks(b"x" * (3 * BLOCK) + b"\n1,0,2.5\n")).split(b"\n")

    assert len(lines[0]) > LONGEST_LINE
    assert lines[1] == b"1,0,2.5"
