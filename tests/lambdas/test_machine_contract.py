"""Functions keep what every machine definition that may still be running expects of them."""

import importlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from finetune_guard.core.reporting import Outcome, Result
from finetune_guard.usecases.advance import Advanced
from finetune_guard.usecases.create_jobs import Created
from tests.lambdas.machine_contract import FILES, Call

#: What a function answers: its fields, and the words of those that a machine chooses by.
ANSWERS: Mapping[str, type[Any]] = {"next_action": Advanced, "create_jobs": Created, "report": Result}
FIELDS_ONLY: Mapping[str, set[str]] = {"preflight": {"run_id"}, "plan": {"run_id"}, "wait_for_run": set()}
#: The one word for which a machine has no way of its own: it takes the last of its choices.
OTHERWISE = {"action": "wait", "result": "next", "outcome": "failed"}
WORDS = {
    "action": set(get_args(get_type_hints(Advanced)["action"])),
    "result": set(get_args(get_type_hints(Created)["result"])),
    "outcome": {outcome.value for outcome in Outcome},
}

every_definition = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def calls(text: str) -> dict[str, Call]:
    return {name: Call(**call) for name, call in json.loads(text).items()}


def test_contracts_of_an_older_release_are_kept() -> None:
    assert len(FILES) >= 2


@every_definition
def test_a_function_asks_for_nothing_that_a_definition_does_not_give(path: Path) -> None:
    for state, call in calls(path.read_text()).items():
        event = importlib.import_module(f"lambdas.{call.function}").Event
        assert event.__required_keys__ <= set(call.given), state
        assert set(call.given) <= set(event.__annotations__), state


@every_definition
def test_an_answer_has_every_field_that_a_definition_reads(path: Path) -> None:
    for state, call in calls(path.read_text()).items():
        answer = ANSWERS.get(call.function)
        has = {field.name for field in fields(answer)} if answer else FIELDS_ONLY[call.function]
        assert set(call.read) <= has, state


@every_definition
def test_an_answer_is_a_word_that_a_definition_knows_or_the_one_that_it_takes_otherwise(path: Path) -> None:
    chosen = [(key, words) for call in calls(path.read_text()).values() for key, words in call.read.items()]
    assert {key for key, words in chosen if words} == set(OTHERWISE)
    for key, words in chosen:
        if words:
            assert WORDS[key] == {*words, OTHERWISE[key]}
