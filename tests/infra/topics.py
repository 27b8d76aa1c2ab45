"""What `make aws-check` prints at its end: what was looked at, in the words of each file, and how it went."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).parents[2]


class Report(Protocol):
    """As much of pytest's report of a test as is read here."""

    @property
    def nodeid(self) -> str: ...

    @property
    def outcome(self) -> str: ...


def told(reports: Iterable[Report]) -> Iterator[str]:
    """A line for each file of tests: how many passed, failed and were skipped, and what the file is about."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for report in reports:
        counts[report.nodeid.partition("::")[0]][report.outcome] += 1
    for file, outcomes in sorted(counts.items()):
        bad = "".join(f", {outcomes[what]} {what}" for what in ("failed", "skipped") if outcomes[what])
        yield f"{outcomes['passed']:4} passed{bad}  {about(file)}"


def about(file: str) -> str:
    """The first line of a file of tests, or its name where it has none."""
    lines = (ROOT / file).read_text().splitlines()
    first = lines[0] if lines else ""
    return first.strip('"') if first.startswith('"""') else file
