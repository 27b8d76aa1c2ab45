"""The import rules bite: a fault put into a copy of the house on purpose is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
PACKAGE = Path("layers/guard/python/finetune_guard")
PARTS = (PACKAGE, Path("infra"), Path("lambdas"), Path("local"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that the rules speak of."""
    house = tmp_path_factory.mktemp("house")
    shutil.copy(HOUSE / "pyproject.toml", house)
    for part in PARTS:
        shutil.copytree(HOUSE / part, house / part, ignore=shutil.ignore_patterns("__pycache__", "*.npz"))
    return house


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join((str(house), str(house / PACKAGE.parent)))
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=house,
        env={**os.environ, "PYTHONPATH": paths},  # noqa: TID251 - the child needs this process's own
    )


def test_the_rooms_keep_their_rules(copy: Path) -> None:
    kept = lint(copy)
    assert kept.returncode == 0, kept.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("core", "import boto3"),
        ("core", "import os"),
        ("usecases", "import finetune_guard.aws.clients"),
        ("aws", "import finetune_guard.usecases.watch"),
        ("cli", "import botocore"),
    ],
)
def test_a_forbidden_import_is_named(room: str, line: str, copy: Path) -> None:
    intruder = copy / PACKAGE / room / "intruder.py"
    intruder.write_text(f'"""Put in by a test."""\n\n{line}\n')
    try:
        broken = lint(copy)
    finally:
        intruder.unlink()
    assert broken.returncode == 1
    assert f"finetune_guard.{room}.intruder" in broken.stdout
