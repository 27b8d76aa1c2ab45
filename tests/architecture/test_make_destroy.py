"""`make destroy` asks what would be left before it lets the CDK CLI destroy anything."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A Python that answers as `leave` would, by the file `answer`; a CDK CLI that notes what it is asked."""
    for name, lines in {
        "python": f'echo "left: $*"; exit $(cat {tmp_path}/answer)',
        "cdk": f'echo "$*" >> {tmp_path}/destroyed',
    }.items():
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{lines}\n")
        tool.chmod(0o755)
    return tmp_path


def destroy(tools: Path, answer: int, *wishes: str) -> tuple[int, str, str]:
    """The exit code of make, what it says, and what the CDK CLI was asked."""
    (tools / "answer").write_text(str(answer))
    command = ["make", "--no-print-directory", "--old-file=setup", "destroy", *wishes]
    done = subprocess.run(
        [*command, f"BIN={tools}", f"CDK={tools}/cdk"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    asked = tools / "destroyed"
    return done.returncode, done.stdout, asked.read_text() if asked.exists() else ""


@pytest.mark.fault(91)
@pytest.mark.parametrize("answer", [3, 1])
def test_while_jobs_run_or_nobody_knows_nothing_is_destroyed(tools: Path, answer: int) -> None:
    code, said, asked = destroy(tools, answer)
    assert code != 0
    assert "Nothing was destroyed." in said
    assert asked == ""


@pytest.mark.fault(91)
def test_force_destroys_all_the_same_and_says_so(tools: Path) -> None:
    code, said, asked = destroy(tools, 3, "FORCE=1")
    assert (code, asked) == (0, "destroy\n")
    assert "runs on and bills" in said


def test_where_nothing_runs_the_named_stack_is_destroyed(tools: Path) -> None:
    code, said, asked = destroy(tools, 0, "STACK=Mine")
    assert (code, asked) == (0, "destroy --context stackName=Mine\n")
    assert "left: -m finetune_guard leave --stack Mine" in said
