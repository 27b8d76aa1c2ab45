"""What a person at a real terminal meets: the question, the live display, Ctrl-C."""

import json
from pathlib import Path

from tests.cli.at_a_terminal import typed_at_a_terminal
from tests.cli.test_run import CONFIG

RUN = """
from tests.cli.test_run import Machine
from finetune_guard.cli.main import cli
machine = Machine()
cli({words!r}, obj=machine.session)
"""
LEFT = """
from tests.cli.test_run import Machine
from finetune_guard.cli.main import cli
machine = Machine()
def leave():
    raise KeyboardInterrupt
machine.session.waiter().steps.insert(3, leave)
cli({words!r}, obj=machine.session)
"""


def words(folder: Path, *more: str) -> list[str]:
    path = folder / "config.json"
    path.write_text(json.dumps(CONFIG))
    return ["run", "--config", str(path), "--log-dir", str(folder / "logs"), *more]


def test_a_person_is_asked_after_the_cost_and_a_yes_starts_the_run(tmp_path: Path) -> None:
    seen = typed_at_a_terminal(RUN.format(words=words(tmp_path)), "y\n")
    assert seen.exit_code == 0, seen.screen
    assert seen.screen.index("Cost: about") < seen.screen.index("Start it? [y/N]")
    assert "COMPLETED: support-bot" in seen.screen


def test_a_no_starts_nothing(tmp_path: Path) -> None:
    seen = typed_at_a_terminal(RUN.format(words=words(tmp_path)), "n\n")
    assert seen.exit_code == 3
    assert "Nothing was started." in seen.screen
    assert "Started run" not in seen.screen


def test_yes_is_not_asked(tmp_path: Path) -> None:
    seen = typed_at_a_terminal(RUN.format(words=words(tmp_path, "-y")))
    assert seen.exit_code == 0
    assert "Start it?" not in seen.screen


def test_the_display_is_drawn_and_the_data_uploaded_with_a_bar(tmp_path: Path) -> None:
    seen = typed_at_a_terminal(RUN.format(words=words(tmp_path, "-y")))
    assert "╭─" in seen.screen
    assert "uploading train.jsonl" in seen.screen
    assert "Ctrl-C leaves it going" in seen.screen


def test_machines_get_clean_json_while_a_person_watches(tmp_path: Path) -> None:
    seen = typed_at_a_terminal(RUN.format(words=words(tmp_path, "-y", "--json")), pipe_stdout=True)
    assert json.loads(seen.stdout)["decision"] == "proceed"
    assert "╭─" in seen.screen


def test_ctrl_c_leaves_the_run_going_and_says_how_to_come_back(tmp_path: Path) -> None:
    seen = typed_at_a_terminal(LEFT.format(words=words(tmp_path, "-y")))
    assert seen.exit_code == 130
    assert "The run goes on without this command." in seen.screen
    assert "--follow" in seen.screen
    assert "COMPLETED" not in seen.screen
