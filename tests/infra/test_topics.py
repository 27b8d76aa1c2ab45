"""The summary of these checks says what each file is about."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra.topics import about, told

HERE = Path(__file__).parent
FILES = sorted(path.name for path in HERE.glob("test_*.py"))


@dataclass(frozen=True)
class Told:
    nodeid: str
    outcome: str


def test_a_file_that_failed_is_told_beside_what_passed() -> None:
    file = "tests/infra/test_topics.py"
    lines = list(
        told([Told(f"{file}::a", "passed"), Told(f"{file}::b", "failed"), Told(f"{file}::c", "skipped")])
    )
    assert lines == [
        "   1 passed, 1 failed, 1 skipped  The summary of these checks says what each file is about."
    ]


@pytest.mark.parametrize("file", FILES)
def test_every_file_of_these_checks_says_what_it_is_about(file: str) -> None:
    assert about(f"tests/infra/{file}").endswith(".")
