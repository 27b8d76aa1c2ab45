"""Walks over a definition: its tasks, where a state leads, what can be reached."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.deployed import Deployed, states

State = Mapping[str, Any]


def tasks(deployed: Deployed, machine: str) -> Iterator[tuple[str, State]]:
    for name, state in states(deployed.definition(machine)):
        if state["Type"] == "Task":
            yield name, state


def leads_to(state: State) -> set[str]:
    targets = {state["Next"]} if "Next" in state else set()
    targets |= {rule["Next"] for rule in state.get("Choices", ())}
    targets |= {catcher["Next"] for catcher in state.get("Catch", ())}
    return targets | ({state["Default"]} if "Default" in state else set())


def reach(start: str, all_states: Mapping[str, State], avoiding: frozenset[str] = frozenset()) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen and name not in avoiding:
            seen.add(name)
            waiting.extend(leads_to(all_states[name]))
    return seen


def is_end(state: State) -> bool:
    return state["Type"] in {"Fail", "Succeed"} or bool(state.get("End"))
