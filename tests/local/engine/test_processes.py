import subprocess
import sys
import threading
from pathlib import Path

import pytest

from local.engine import processes
from local.engine.addresses import wait_until
from local.engine.environment import bare
from local.engine.errors import NotReadyError
from local.engine.processes import End, Started, born, end, recorded, start

#: A process with a child, which says when both are there and then waits for ever.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
{manners}
time.sleep(600)
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True)"


def started_parent(folder: Path, manners: str = "") -> tuple[Started, int]:
    script = PARENT.format(manners=manners)
    started = start("parent", [sys.executable, "-c", script], bare(), folder, folder, folder)
    log = folder / "parent.log"
    wait_until(lambda: ("deaf" if manners else "child") in log.read_text(), "the child", 20)
    return started, int(log.read_text().split()[1])


def test_a_process_is_ended_with_its_children_and_forgotten(tmp_path: Path) -> None:
    started, child = started_parent(tmp_path)
    assert started.alive
    assert recorded(tmp_path) == (started,)

    assert end(started, tmp_path) is End.ENDED

    assert not started.alive
    wait_until(lambda: born(child) is None, "the end of the child", 10)
    assert recorded(tmp_path) == ()


def test_a_process_that_does_not_listen_is_killed_when_the_patience_is_over(tmp_path: Path) -> None:
    started, child = started_parent(tmp_path, DEAF)

    assert end(started, tmp_path, patience=0.2) is End.KILLED

    wait_until(lambda: not started.alive and born(child) is None, "the end of both", 10)


def test_a_process_that_was_given_the_id_of_ours_is_left_alone(tmp_path: Path) -> None:
    started, child = started_parent(tmp_path)
    later = Started("parent", started.pid, born="another time")

    assert end(later, tmp_path) is End.GONE

    assert started.alive
    assert born(child) is not None
    end(started, tmp_path)


def test_ending_twice_is_fine(tmp_path: Path) -> None:
    started, _ = started_parent(tmp_path)
    assert end(started, tmp_path) is End.ENDED

    assert end(started, tmp_path) is End.GONE


def test_a_torn_record_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text('{"name": "engine", "pi')

    assert recorded(tmp_path) == ()


def test_without_a_proc_folder_ps_tells_the_birth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path / "proc")
    monkeypatch.setattr(
        subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(command, 0, "Ss   Tue Nov 24 22:22:00 2026\n"),
    )

    assert born(4711) == "Tue Nov 24 22:22:00 2026"


def test_waiting_ends_with_an_error_at_the_deadline() -> None:
    with pytest.raises(NotReadyError, match=r"The engine was not ready after 0\.1 seconds"):
        wait_until(lambda: False, "The engine", 0.1)


def test_waiting_for_what_has_ended_ends_at_once() -> None:
    with pytest.raises(NotReadyError, match="The engine ended while it was starting"):
        wait_until(lambda: False, "The engine", 600, alive=lambda: False)


def test_waiting_returns_once_it_is_ready() -> None:
    ready = threading.Event()
    threading.Thread(target=ready.set).start()

    wait_until(ready.is_set, "the thread", 20)

    assert ready.is_set()
