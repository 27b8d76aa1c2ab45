"""Changes each detector in one place after the other, and counts the changes that a test notices.

    python -m tests.mutation [--workers 2] [collapse stagnation ...]

Works on a copy of the tree, so what is edited meanwhile changes nothing and nothing of it is changed. Why no
tool does this for us: docs/adr/0017.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path("layers/guard/python")
COPIED = (PACKAGE, Path("tests"), Path("docs"), Path("pyproject.toml"))


def main() -> int:
    """Copies, and runs what was asked for in the copy."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        for part in COPIED:
            if part.is_dir():
                shutil.copytree(part, Path(folder, part), ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(part, Path(folder, part))
        command = [sys.executable, "-m", "tests.mutation.trying", *sys.argv[1:]]
        # Without byte code every fork would compile anew what it imports.
        changed = {"PYTHONPATH": str(Path(folder, PACKAGE)), "PYTHONDONTWRITEBYTECODE": ""}
        environment = {**os.environ, **changed}  # noqa: TID251 - the child needs this process's own
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
