"""What the fuzzing of metric files has found."""

from random import Random

import pytest

from tests.fuzz.csv import examine, run
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
