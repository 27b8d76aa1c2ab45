"""Every call of every story, played once, whichever worker of pytest-xdist comes first."""

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra.deployed import Deployed
from tests.infra.played_account import playing
from tests.infra.played_stories import SETTINGS, Stories
from tests.infra.recorded import Call


@dataclass(frozen=True)
class Recording:
    """What was heard.

    Attributes:
        calls: Who used which permission on what.
        operations: Who made which call of S3, by its name in the API.
    """

    calls: frozenset[Call]
    operations: frozenset[tuple[str, str]]


def recording(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory, testrun: str) -> Recording:
    """The recording of this run of the tests; made if there is none yet."""
    folder = tmp_path_factory.getbasetemp().parent
    record = folder / f"calls-{testrun}.json"
    with (folder / f"calls-{testrun}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            made = _played(deployed, tmp_path_factory.mktemp("played"))
            record.write_text(json.dumps([sorted(made.calls), sorted(made.operations)]))
        calls, operations = json.loads(record.read_text())
    return Recording(
        frozenset(Call(*call) for call in calls), frozenset((who, name) for who, name in operations)
    )


def _played(deployed: Deployed, folder: Path) -> Recording:
    home = folder / "home"
    home.mkdir()
    with playing(deployed, folder, **SETTINGS) as stack:
        Stories(stack, home).play()
    heard = stack.recorder
    assert heard.unlisted == set(), "tests/infra/recorded.py does not say what these need"
    return Recording(frozenset(heard.calls), frozenset(heard.operations))
