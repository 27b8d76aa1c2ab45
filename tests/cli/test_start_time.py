"""What `--help` costs: a command tree that loads nothing that only a command needs."""

import subprocess
import sys

import pytest

HEAVY = ("boto3", "botocore", "numpy", "pydantic", "rich", "msgspec")


def loaded_by(arguments: list[str]) -> tuple[str, set[str]]:
    """What a child interpreter prints, and which packages it has loaded at its end."""
    program = (
        "import atexit, sys\n"
        "names = lambda: ' '.join({name.split('.')[0] for name in sys.modules})\n"
        "atexit.register(lambda: sys.stderr.write('LOADED ' + names()))\n"
        f"sys.argv = ['finetune-guard', *{arguments!r}]\n"
        "from finetune_guard.cli.main import main\n"
        "main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    return ran.stdout, set(ran.stderr.rpartition("LOADED ")[2].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_the_command_tree_loads_nothing_heavy(arguments: list[str]) -> None:
    shown, loaded = loaded_by(arguments)
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY)
    if arguments == ["--help"]:
        assert "mini-run" in shown


@pytest.mark.parametrize("command", ["run", "mini-run", "monitor", "stop", "runs", "report"])
def test_the_help_of_a_command_loads_no_aws_and_no_numpy(command: str) -> None:
    shown, loaded = loaded_by([command, "--help"])
    assert "--stack" in shown
    assert loaded.isdisjoint({"boto3", "botocore", "numpy"})


@pytest.mark.parametrize("command", ["validate", "run", "mini-run"])
def test_the_help_of_what_is_typed_first_loads_nothing_heavy(command: str) -> None:
    shown, loaded = loaded_by([command, "--help"])
    assert "--accept" in shown
    assert loaded.isdisjoint(HEAVY)


def test_a_replay_of_files_loads_no_aws() -> None:
    shown, loaded = loaded_by(["replay", "tests/data/bedrock", "--json"])
    assert '"verdict":"healthy"' in shown
    assert loaded.isdisjoint({"boto3", "botocore"})
