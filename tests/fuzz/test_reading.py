"""A quick profile of the fuzzing of files, whichever reader they are for."""

from collections.abc import Callable
from random import Random

import pytest

from tests.fuzz import csv, csv_documents, log_documents, logs
from tests.fuzz.holding import Document
from tests.fuzz.reading import Reader, read_all

READERS = {reader.what: reader for reader in (csv.READER, logs.READER)}


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> Reader:
    return READERS[request.param]


def test_a_few_hundred_generated_files_hold_what_must_always_hold(reader: Reader) -> None:
    assert read_all(reader, count=400, seed=1) == 0


def test_large_files_are_read_within_their_time(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.reading.LARGEST", (1 << 18, 1 << 19))

    assert read_all(reader, count=4, seed=2, every_large=1) == 0


def test_the_file_of_a_number_is_the_same_each_time(reader: Reader) -> None:
    assert reader.numbered(7, 3) == reader.numbered(7, 3)
    assert reader.numbered(7, 3) != reader.numbered(8, 3)


@pytest.mark.parametrize("large", [csv_documents.large, log_documents.large])
def test_a_large_file_is_the_same_each_time(large: Callable[[Random, int], bytes]) -> None:
    assert large(Random(1), 1000) == large(Random(1), 1000)


def test_a_file_that_breaks_a_promise_is_named_with_its_number(
    reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(given: Document, random: Random) -> None:
        raise AssertionError("steps do not rise")

    assert read_all(reader, 2, 7, check) == 1
    assert "seed 7, number 1: AssertionError: steps do not rise" in capsys.readouterr().out
