"""A quick profile of the fuzzing of training logs, and what it has found."""

from random import Random

import pytest

from tests.fuzz.holding import Document
from tests.fuzz.log_documents import document, large, memory_name
from tests.fuzz.logs import examine, run


def log(entries: list[str]) -> bytes:
    return ('{"log_history":[' + ",".join(entries) + "]}").encode()


#: Logs that once took minutes, or would have.
FOUND: dict[str, bytes] = {
    "another name of memory in each entry": log(
        [f'{{"step":{row},"loss":1,"{memory_name(row)}":"x"}}' for row in range(20_000)]
    ),
    "entries with nothing in them": log(["{}"] * 300_000),
    "a number that no float holds": log(['{"step":1,"loss":' + "9" * 60_000 + "}"]),
    "lists within lists": b"[" * 100_000,
}


@pytest.mark.parametrize("case", FOUND)
def test_what_was_found_stays_found(case: str) -> None:
    assert run(1, 0, lambda given, random: examine(Document(FOUND[case], None), Random(1))) == 0


def test_a_few_hundred_generated_logs_hold_what_must_always_hold() -> None:
    assert run(count=400, seed=1) == 0


def test_large_logs_are_read_within_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.reading.LARGEST", (1 << 18, 1 << 19))

    assert run(count=4, seed=2, every_large=1) == 0


def test_the_log_of_a_number_is_the_same_each_time() -> None:
    assert document(Random("3/7")) == document(Random("3/7"))
    assert document(Random("3/7")) != document(Random("3/8"))
    assert large(Random(1), 1000) == large(Random(1), 1000)


def test_a_log_that_breaks_a_promise_is_named_with_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    def check(given: Document, random: Random) -> None:
        raise AssertionError("steps do not rise")

    assert run(2, 7, check) == 1
    assert "seed 7, number 1: AssertionError: steps do not rise" in capsys.readouterr().out
