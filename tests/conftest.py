"""What every test run prints at its end."""

import gc
from collections.abc import Callable, Iterator
from functools import cache

import botocore.session
import pytest
from hypothesis import settings

from tests.crashes.tally import PROPERTY, Counts, Tally, summary
from tests.distributing import InUnits, longest_first
from tests.faults import rows

# An example that takes long on a busy machine is no fault; what must be fast has a test that measures it.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

# A session of botocore reads its services' models from disk, a hundred milliseconds for each client; the
# sessions of this process, of which nearly every test of an adapter has its own, read them once.
botocore.session.create_loader = cache(botocore.session.create_loader)

#: Objects made before garbage is looked for; Python's own 700 would look a hundred thousand times.
GARBAGE_DUE = 20_000


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> InUnits | None:
    """Workers are given units, in the order in which they collect them."""
    if config.option.dist != "load":
        return None
    config.option.loadscopereorder = False
    return InUnits(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only for workers: whoever runs the tests alone sees them in their order."""
    if hasattr(config, "workerinput"):
        items[:] = longest_first(items)


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end, and is not looked through for garbage time and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_DUE)


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Where a test of crash points counts; its report carries what it counted."""
    counted = Tally()
    record_property(PROPERTY, (counted.found, counted.tried))
    return counted


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many of the known faults are closed, and how many crash points were tried."""
    terminalreporter.write_line(rows.summary())
    told = list(_tallies(terminalreporter))
    if told:
        from tests.crashes.stories import STORIES  # noqa: PLC0415  only where it is needed

        terminalreporter.write_line(summary(told, len(STORIES)))


def _tallies(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[Counts, Counts]]:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if isinstance(report, pytest.TestReport):
                yield from (value for name, value in report.user_properties if name == PROPERTY)  # type: ignore[misc]
