"""What machines and functions agree on, read from a definition: what is given, what is read of an answer.

An execution keeps the definition that it was started with, while the functions are those of the newest
release. So the contracts of older definitions are kept in tests/data/machines, and functions keep them all.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "data" / "machines"
FILES = sorted(FOLDER.glob("*.json"))

_READ = re.compile(r"\$states\.(?:input|result\.Payload)\.(\w+)(?: = '(\w+)')?")


@dataclass(frozen=True)
class Call:
    """How a machine calls a function.

    Attributes:
        function: Its handler.
        given: Keys of the event.
        read: Keys of the answer that the machine reads, each with the words that lead somewhere of their own.
    """

    function: str
    given: list[str]
    read: dict[str, list[str]] = field(default_factory=dict)


def contract(definition: Mapping[str, Any], functions: Mapping[str, str]) -> dict[str, Call]:
    """Every call of a function, by state.

    Args:
        definition: As Step Functions reads it.
        functions: Handler of each function, by the name that the definition calls.
    """
    states = definition["States"]
    calls = {name: state for name, state in states.items() if "FunctionName" in state.get("Arguments", {})}
    return {
        name: Call(
            functions[state["Arguments"]["FunctionName"]],
            sorted(state["Arguments"]["Payload"]),
            _reading(name, states),
        )
        for name, state in sorted(calls.items())
    }


def _reading(name: str, states: Mapping[str, Any]) -> dict[str, list[str]]:
    own = {key: states[name][key] for key in ("Assign", "Output") if key in states[name]}
    texts = [str(own), *(str(states[each]) for each in _after(states[name]["Next"], states))]
    found: dict[str, set[str]] = {}
    for key, word in (match.groups() for text in texts for match in _READ.finditer(text)):
        found.setdefault(key, set()).update({word} - {None})
    return {key: sorted(words) for key, words in sorted(found.items())}


def _after(name: str, states: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The states that an answer goes through before the next call."""
    state = states[name]
    if state["Type"] == "Task" or name in seen:
        return
    yield name
    nexts = [state.get("Next"), state.get("Default"), *(rule["Next"] for rule in state.get("Choices", ()))]
    for each in filter(None, nexts):
        yield from _after(each, states, seen | {name})
