"""Where the locks are, and the tools that read them, in an environment of their own (docs/adr/0024)."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.layer_build import ROOT

TOOLS = ROOT / ".venv-supply" / "bin"
#: What goes into an account.
DEPLOYED = ("layers/numeric/requirements.txt", "layers/runtime/requirements.txt")
#: What builds, tests and shows it.
BUILDING = (
    "requirements/dev.txt",
    "requirements/build.txt",
    "requirements/supply.txt",
    "local/requirements.txt",
    "bench/requirements.txt",
)
NPM_LOCK = "package-lock.json"


class NoToolError(Exception):
    """The environment of these tools is not there."""


def answered(command: Sequence[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What a tool of ours answered, whatever its exit code.

    Args:
        command: Its name and arguments.
        folder: Where it runs.

    Raises:
        NoToolError: It is not installed.
    """
    program = TOOLS / command[0]
    if not program.exists():
        raise NoToolError(f"{program} is not there. Run: make setup")
    return subprocess.run(
        [str(program), *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
