"""What the fuzzing of training logs has found."""

from random import Random

import pytest

from tests.fuzz.holding import Document
from tests.fuzz.log_documents import memory_name
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
