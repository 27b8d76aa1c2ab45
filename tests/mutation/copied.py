"""Starts a module in a copy of the tree, so that what is edited meanwhile changes nothing."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path("layers/guard/python")
COPIED = (PACKAGE, Path("lambdas"), Path("tests"), Path("docs"), Path("pyproject.toml"))


def run_in_copy(module: str, arguments: Sequence[str]) -> int:
    """Its exit code."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        for part in COPIED:
            if part.is_dir():
                shutil.copytree(part, Path(folder, part), ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(part, Path(folder, part))
        # Without byte code every fork would compile anew what it imports.
        changed = {"PYTHONPATH": str(Path(folder, PACKAGE)), "PYTHONDONTWRITEBYTECODE": ""}
        environment = {**os.environ, **changed}  # noqa: TID251 - the child needs this process's own
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode
