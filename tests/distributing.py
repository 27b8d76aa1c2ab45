"""Which tests a worker of pytest-xdist runs together, and which begin first.

A file's tests share what they compute, and those of `tests/infra` a synthesis of the stack, which takes
seconds and a Node process; spread over the workers, each would do it all again. What takes longest begins
first, so that no worker is left with it at the end.
"""

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

#: Folders whose tests stay together.
TOGETHER = ("tests/infra",)
#: Files and folders whose tests take more than ten seconds, longest first; one left out only costs time.
LONGEST = (
    "tests/infra",
    "tests/simulation/test_simulation.py",
    "tests/usecases/test_crash_points.py",
    "tests/curves/test_quality.py",
    "tests/simulation/test_promises_break.py",
    "tests/usecases/test_optimal.py",
    "tests/core/detectors/test_every_detector.py",
)


class InUnits(LoadScopeScheduling):  # type: ignore[misc]  # its types are not exported
    """Gives a worker one unit after the other."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def unit_of(nodeid: str) -> str:
    """The folder that stays together, or else the file."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """What takes longest first, all else in its order."""
    places = {unit: place for place, unit in enumerate(LONGEST)}
    return sorted(items, key=lambda item: places.get(unit_of(item.nodeid), len(LONGEST)))
