"""The metrics log on this machine's disk."""

import os
from pathlib import Path

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.names import slug

#: Bedrock job names hold 63 characters at most.
LONGEST_NAME = 63


class DiskLogFolder:
    """One folder a job below `root`; made when there is something to log.

    Args:
        root: What `--log-dir` says.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, job_name: str) -> Path:
        """Where a job's logs are; a job's name cannot lead out of `root`."""
        return self.root / slug(job_name, LONGEST_NAME)

    def path(self, job_name: str, name: str) -> Path:
        """Where a log is."""
        return self.folder(job_name) / name

    def lines(self, job_name: str, name: str) -> frozenset[str]:
        """The whole lines that a log has; a last line that was cut off by a crash counts as none."""
        try:
            text = self.path(job_name, name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return frozenset()
        except OSError as exc:
            raise _unusable(self.root, exc) from exc
        return frozenset(line[:-1] for line in text.splitlines(keepends=True) if line.endswith("\n"))

    def append(self, job_name: str, name: str, text: str) -> None:
        """Adds whole lines, on the disk when it returns.

        Raises:
            InvalidInputError: The folder cannot be written.
        """
        path = self.path(job_name, name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as log:
                log.write(_separated(path) + text.encode())
                log.flush()
                os.fsync(log.fileno())
        except OSError as exc:
            raise _unusable(self.root, exc) from exc


def _separated(path: Path) -> bytes:
    """A line end when the last line lacks one, so that a crash spoils one line and not two."""
    with path.open("rb") as log:
        if not log.seek(0, os.SEEK_END):
            return b""
        log.seek(-1, os.SEEK_END)
        return b"" if log.read() == b"\n" else b"\n"


def _unusable(root: Path, exc: OSError) -> InvalidInputError:
    return InvalidInputError(
        f"Cannot keep the metrics log in {root}: {exc.strerror or exc}. "
        "Give a folder that you may write with --log-dir."
    )
