import click
import pytest

from finetune_guard.cli.commands import COMMANDS
from finetune_guard.cli.main import cli
from tests.cli.help_page import page, written


def test_the_page_about_the_terminal_shows_the_help_as_it_is() -> None:
    assert written() == page(), "run: python -m tests.cli.help_page"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_explained_in_one_short_sentence(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.help.endswith("."), option.name
            assert len(option.help) <= 80, option.name


@pytest.mark.parametrize("name", ["run", "monitor", "replay"])
def test_examples_close_the_help_of_what_people_type_most(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert f"finetune-guard {name}" in (command.epilog or "")
