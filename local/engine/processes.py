"""Starts processes that outlive us, and ends those that are still ours: by recorded pid and time of birth.

Each leads a process group of its own, since the engine's Lambda workers are its children and stay behind when
only the engine is ended (local/README.md).
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from local.engine.errors import NotReadyError

#: An engine that is in the middle of a synchronous Lambda ends after it; longer than this it is not asked.
PATIENCE_SECONDS = 10.0
_LOOK_AGAIN = 0.05
#: Where the system tells of its processes; elsewhere than on Linux there is none, and `ps` tells.
PROC = Path("/proc")
#: Those that this process started, by id, so that their ends are taken note of.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Started:
    """A process that we started.

    Attributes:
        name: What it is.
        pid: Its id, which is also its group's.
        born: When the system says that it was born; tells it from a later process of the same id.
    """

    name: str
    pid: int
    born: str

    @property
    def alive(self) -> bool:
        """Whether it is still running, and still the one we started."""
        _reap(self.pid)
        return born(self.pid) == self.born


def start(
    name: str,
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    folder: Path,
    logs: Path,
    records: Path,
) -> Started:
    """Starts a process in a group of its own, with a log, and records it.

    Args:
        name: Names log and record.
        command: Program and arguments.
        environment: The whole environment.
        folder: Where it runs.
        logs: Folder of its log.
        records: Folder of its record.

    Raises:
        NotReadyError: It ended at once.
    """
    with (logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[process.pid] = process
    birth = born(process.pid)
    if birth is None:
        raise NotReadyError(f"The {name} ended at once; see {logs / f'{name}.log'}.")
    started = Started(name, process.pid, birth)
    (records / f"{name}.json").write_text(json.dumps(asdict(started)))
    return started


def recorded(records: Path) -> tuple[Started, ...]:
    """Every process that was recorded, the last started first; torn records are passed over."""
    files = sorted(records.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return tuple(started for path in files if (started := _read(path)))


def _read(path: Path) -> Started | None:
    try:
        content = json.loads(path.read_text())
        return Started(str(content["name"]), int(content["pid"]), str(content["born"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class End(StrEnum):
    """How a process ended."""

    GONE = "gone"
    ENDED = "ended"
    KILLED = "killed"


def end(started: Started, records: Path, patience: float = PATIENCE_SECONDS) -> End:
    """Ends a process with its whole group, and forgets it.

    A process that is no longer ours, since its id was given to somebody else, is gone and is left alone.
    """
    how = _ended(started, patience) if started.alive else End.GONE
    (records / f"{started.name}.json").unlink(missing_ok=True)
    return how


def _ended(started: Started, patience: float) -> End:
    _signal(started.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while started.alive and time.monotonic() < deadline:
        time.sleep(_LOOK_AGAIN)
    how = End.KILLED if started.alive else End.ENDED
    _signal(started.pid, signal.SIGKILL)
    _wait_for_child(started.pid)
    return how


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _wait_for_child(pid: int) -> None:
    """A killed child is gone at once, but for an uninterruptible call."""
    child = _children.pop(pid, None)
    if child:
        child.wait()


def _reap(pid: int) -> None:
    """Takes note of a child's end; a process that is not our child is somebody else's to take note of."""
    child = _children.get(pid)
    if child and child.poll() is not None:
        del _children[pid]


def born(pid: int) -> str | None:
    """When the process was born, in the system's own words; None where there is none, or only its remains."""
    return _born_by_proc(PROC / str(pid) / "stat") if PROC.exists() else _born_by_ps(pid)


def _born_by_proc(stat: Path) -> str | None:
    try:
        # The name, in parentheses, may hold anything: fields are counted after it (proc(5)).
        fields = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _born_by_ps(pid: int) -> str | None:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split(maxsplit=1)
    return None if len(told) < 2 or told[0].startswith("Z") else told[1].strip()
