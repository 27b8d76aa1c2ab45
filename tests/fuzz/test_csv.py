"""A quick profile of the fuzzing of metric files, and what it has found."""

from random import Random

import pytest

from tests.fuzz.csv import examine, generated, run
from tests.fuzz.csv_documents import large
from tests.fuzz.holding import Document

#: Files that once broke something, or would have.
FOUND: dict[str, bytes] = {
    "a megabyte of line ends": b"\r" * 1_000_000,
    "headers and nothing else": b"step,loss\nloss,step\n" * 5_000,
    "rows that might be headers": b"step,epoch,loss\n" + b"step,oops,1\n" * 20_000,
    "half a line end of UTF-16": "step,loss\r\n1,2\r\n".encode("utf-16-le")[:-3],
    "a number that no float holds": b"step,loss\n1," + b"9" * 60_000 + b"\n",
}


@pytest.mark.parametrize("case", FOUND)
def test_what_was_found_stays_found(case: str) -> None:
    assert run(1, 0, lambda given, random: examine(Document(FOUND[case], None), Random(1))) == 0


def test_a_few_hundred_generated_files_hold_what_must_always_hold() -> None:
    assert run(count=400, seed=1) == 0


def test_large_files_are_read_within_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.reading.LARGEST", (1 << 18, 1 << 19))

    assert run(count=4, seed=2, every_large=1) == 0


def test_the_file_of_a_number_is_the_same_each_time() -> None:
    assert generated(7, 3) == generated(7, 3)
    assert generated(7, 3) != generated(8, 3)
    assert large(Random(1), 1000) == large(Random(1), 1000)


def test_a_file_that_breaks_a_promise_is_named_with_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    def check(given: Document, random: Random) -> None:
        raise AssertionError("steps do not rise")

    assert run(2, 7, check) == 1
    assert "seed 7, number 1: AssertionError: steps do not rise" in capsys.readouterr().out
