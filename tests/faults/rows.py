"""Reads the registry of faults and which tests prove which row, from the tests' own source."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
REGISTRY = Path(__file__).with_name("registry.toml")
MARK = "pytest.mark.fault"


@dataclass(frozen=True)
class Registry:
    """The rows, and the reasons of those that no test proves."""

    rows: Mapping[int, str]
    impossible: Mapping[int, str]
    open: Mapping[int, str]

    @classmethod
    def read(cls) -> "Registry":
        tables = tomllib.loads(REGISTRY.read_text())
        return cls(
            *(
                {int(row): text for row, text in tables[name].items()}
                for name in ("rows", "impossible", "open")
            )
        )


@cache
def proofs() -> Mapping[int, frozenset[str]]:
    """The tests that carry @pytest.mark.fault(ROW), by row."""
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        for row, name in _marked(path.read_text()):
            found[row].add(f"{path.relative_to(TESTS)}::{name}")
    return {row: frozenset(names) for row, names in found.items()}


def _marked(source: str) -> Iterator[tuple[int, str]]:
    if MARK not in source:  # most have none, and to parse them all takes seconds
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                yield from ((row, node.name) for row in _rows_of(decorator))


def _rows_of(decorator: ast.expr) -> Iterator[int]:
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == MARK:
        for argument in decorator.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, int):
                yield argument.value


def summary() -> str:
    """One line for the end of a test run."""
    registry, proved = Registry.read(), proofs()
    tested = sum(1 for row in registry.rows if row in proved)
    return (
        f"faults: {tested} tested, {len(registry.impossible)} impossible here, {len(registry.open)} open, "
        f"of {len(registry.rows)}"
    )
