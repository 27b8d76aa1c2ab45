"""Lines with their places, in bounded memory."""

import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.datasets.lines import Line, lines_of

FILES = st.lists(st.binary(max_size=6) | st.sampled_from([b"\n", b"\r\n", b"\n\n", b""]), max_size=12)


@given(FILES)
def test_lines_do_not_depend_on_how_the_file_is_cut(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    assert list(lines_of(chunks, 5)) == list(lines_of([whole], 5))


@given(FILES)
def test_every_line_is_where_it_says(chunks: list[bytes]) -> None:
    whole = b"".join(chunks)
    for line in lines_of(chunks):
        assert line.content is not None
        assert whole[line.offset : line.offset + line.length] == line.content
        assert whole[: line.offset].count(b"\n") == line.number - 1


def test_a_line_over_the_cap_has_a_length_and_no_content() -> None:
    assert list(lines_of([b"abc", b"def\nxy"], 4)) == [Line(1, 0, 6, None), Line(2, 7, 2, b"xy")]


def test_a_last_line_needs_no_line_end() -> None:
    assert [line.content for line in lines_of([b"a\nb"])] == [b"a", b"b"]
    assert [line.content for line in lines_of([b"a\nb\n"])] == [b"a", b"b"]


@pytest.mark.fault(52)
def test_a_line_of_400_mb_is_told_by_its_place_and_costs_one_chunk() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"prompt": "x", "completion": "y"}\n'
        yield from (bytes(1 << 20) for _ in range(400))
        yield b"\nlast"

    tracemalloc.start()
    lines = list(lines_of(chunks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(line.number, line.offset, line.content is None) for line in lines] == [
        (1, 0, False),
        (2, 35, True),
        (3, 35 + 400 * (1 << 20) + 1, False),
    ]
    assert peak < 8 << 20
