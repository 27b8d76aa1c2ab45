"""The options are what the page says."""

import pytest

from infra.settings import DeployOptions, read_options
from tests.infra.options_page import EXAMPLES, PAGE, explained, page


def test_the_page_has_the_table_of_the_settings() -> None:
    written = PAGE.read_text("utf-8")
    assert page(written) == written, "write it anew: python -m tests.infra.options_page"


def test_every_option_is_explained_and_nothing_else_is() -> None:
    assert list(explained()) == list(DeployOptions.model_fields)
    assert min(map(len, explained().values())) > 10


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_example_is_taken_and_is_not_the_default(key: str) -> None:
    assert read_options({key: EXAMPLES[key]}) != read_options({})


def test_every_option_that_changes_what_a_running_stack_does_is_told_when_it_takes_hold() -> None:
    _, _, change = PAGE.read_text("utf-8").partition("## What a change needs")
    told = change.partition("## What is unsafe")[0]
    keys = {field.alias for field in DeployOptions.model_fields.values()}
    assert {key for key in keys if f"`{key}`" not in told} <= {
        "target",
        "bedrockEventSources",
        "permissionsBoundary",
        "qualifier",
    }
