"""The command tree as a whole."""

from importlib import import_module

import click
import pytest

from finetune_guard.cli.commands import COMMANDS
from finetune_guard.cli.main import cli
from tests.cli.session import FakeSession, typed
from tests.fakes.seam import Faults
from tests.fakes.world import World


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"replay"}))
def test_every_command_of_the_list_exists_under_its_name(name: str) -> None:
    entry = COMMANDS[name]
    command = getattr(import_module(entry.module), entry.attribute)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert len(entry.summary) <= 62


def test_the_commands_and_flags_of_the_first_design_are_all_there() -> None:
    wanted = {
        "mini-run": {"--config", "--steps"},
        "run": {"--config", "--auto-stop"},
        "monitor": {"--job-id"},
        "validate": {"--config"},
        "get-optimal": {"--model-type", "--dataset-size"},
    }
    for name, flags in wanted.items():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert flags <= {flag for parameter in command.params for flag in parameter.opts}


def test_an_unknown_command_is_a_usage_error() -> None:
    assert typed(None, "fly").exit_code == 2


def test_no_command_shows_the_help() -> None:
    assert "Commands:" in typed(None).output


def test_stack_and_region_choose_what_is_spoken_to() -> None:
    session = FakeSession(World())
    typed(session, "runs", "--stack", "Mine", "--region", "eu-west-1")
    assert (session.targets[0].stack, session.targets[0].region) == ("Mine", "eu-west-1")


def test_an_error_of_ours_is_one_sentence_with_its_exit_code_and_no_traceback() -> None:
    result = typed(FakeSession(World()), "report", "no-such-run")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert "no-such-run" in result.stderr
    assert "Traceback" not in result.stderr


def broken() -> FakeSession:
    world = World()
    world.seam.interrupt = Faults().add("store.open_runs", RuntimeError("\x1b[2Jbang"))
    return FakeSession(world)


def test_what_nobody_expected_is_told_shortly_with_where_to_report_it() -> None:
    result = typed(broken(), "runs")
    assert result.exit_code == 1
    assert "RuntimeError: \\x1b[2Jbang" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.output


def test_debug_shows_where_it_came_from() -> None:
    result = typed(broken(), "--debug", "runs")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "\x1b" not in result.output
