"""Draws a machine's definition as a Graphviz graph, so that the README's picture is what is deployed."""

from collections.abc import Iterator, Mapping
from typing import cast

State = Mapping[str, object]

_SHAPES = {"Choice": "diamond", "Fail": "box", "Wait": "box", "Pass": "box"}
_COLOURS = {"Fail": "#f8d7d7", "Choice": "#fff3cd", "Task": "#dbeafe", "Wait": "#e9ecef", "Pass": "#d8f0dd"}


def dot_of(definition: Mapping[str, object]) -> str:
    """The definition as DOT: solid arrows for what follows, dashed ones for what is caught."""
    states = cast(Mapping[str, State], definition["States"])
    lines = [f"  {_node(name, state)}" for name, state in states.items()]
    lines += [f"  {edge}" for name, state in states.items() for edge in _edges(name, state)]
    head = (
        'digraph machine {\n  rankdir=TB; nodesep=0.35; ranksep=0.45; bgcolor="white";\n'
        '  node [fontname="Helvetica", fontsize=12, style="rounded,filled", margin="0.15,0.08"];\n'
        '  edge [fontname="Helvetica", fontsize=10, color="#555555"];\n'
        '  start [shape=circle, label="", width=0.2, fillcolor="#333333"];\n'
        f"  start -> {definition['StartAt']};\n"
    )
    return head + "\n".join(lines) + "\n}\n"


def _node(name: str, state: State) -> str:
    kind = str(state["Type"])
    style = ', style="filled"' if kind == "Choice" else ""
    return f'{name} [shape={_SHAPES.get(kind, "box")}, fillcolor="{_COLOURS[kind]}"{style}];'


def _edges(name: str, state: State) -> Iterator[str]:
    if "Next" in state:
        yield f"{name} -> {state['Next']};"
    for choice in cast(list[Mapping[str, str]], state.get("Choices", [])):
        yield f'{name} -> {choice["Next"]} [label=" {_answer(choice["Condition"])}"];'
    if "Default" in state:
        yield f'{name} -> {state["Default"]} [label=" otherwise"];'
    for catch in cast(list[Mapping[str, str]], state.get("Catch", [])):
        yield f'{name} -> {catch["Next"]} [style=dashed, color="#c0392b"];'


def _answer(condition: str) -> str:
    """The word that a choice compares with."""
    return condition.rpartition(" = ")[2].strip("{}%' ")
