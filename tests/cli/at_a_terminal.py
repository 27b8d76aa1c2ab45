"""Types a command at a real pseudo-terminal, in a child interpreter over the in-memory world."""

import os
import pty
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Seen:
    """What the terminal showed, what went to the pipe on stdout ("" when that is the terminal too)."""

    screen: str
    stdout: str
    exit_code: int


def typed_at_a_terminal(program: str, answer: str = "", *, pipe_stdout: bool = False) -> Seen:
    """Runs a Python program whose stdin and stderr, and by default stdout, are a terminal of 80 columns."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "40"}  # noqa: TID251
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=slave,
        stdout=subprocess.PIPE if pipe_stdout else slave,
        stderr=slave,
        cwd=REPO,
        env=environment,
    )
    os.close(slave)
    if answer:
        os.write(master, answer.encode())
    screen = _read(master)
    stdout = child.stdout.read().decode() if child.stdout else ""
    if child.stdout:
        child.stdout.close()
    code = child.wait(PATIENCE_SECONDS)
    os.close(master)
    return Seen(screen, stdout, code)


def _read(master: int) -> str:
    """Everything until the child has closed its end."""
    parts = []
    while select.select([master], [], [], PATIENCE_SECONDS)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says EIO when the last writer has gone
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode(errors="replace")
