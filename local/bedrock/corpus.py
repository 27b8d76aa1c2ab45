"""Text whose licence lets us ship weights: the docstrings of Python's standard library, in two halves.

The base model is pretrained on one half; demonstrations and tests fine-tune on the other, asked as questions,
so that a job has something to learn. The library's files differ between Python versions, and the text with
them: the weights are committed, never made anew on a user's machine.
"""

import ast
import hashlib
import sysconfig
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

_LEFT_OUT: Final = frozenset(
    {"site-packages", "test", "tests", "idlelib", "lib2to3", "ensurepip", "__pycache__"}
)
_SHORTEST: Final = 40
_LONGEST: Final = 70


class Half(StrEnum):
    """Which modules: every second one, in the order of their paths."""

    PRETRAINING = "pretraining"
    DEMONSTRATION = "demonstration"


def docstrings(half: Half) -> Iterator[tuple[str, str]]:
    """Names and docstrings of a half of the standard library's modules, in order."""
    root = Path(sysconfig.get_path("stdlib"))
    modules = sorted(
        path for path in root.rglob("*.py") if not _LEFT_OUT.intersection(path.relative_to(root).parts)
    )
    for module in modules[0 if half is Half.PRETRAINING else 1 :: 2]:
        name = module.parent.name if module.stem == "__init__" else module.stem
        yield from _docstrings(name, module.read_bytes())


def questions_and_answers(count: int) -> list[tuple[str, str]]:
    """At most `count` pairs: "What does json.dumps do?" and " In short: Serialize …", demonstration half.

    The answer's form is new to the base model. Bare docstrings are not: it knows their like so well
    that the documented default rate, on the warm side by design, moved the loss of a hundred steps by
    nothing. The order is that of a hash, so that it has no drift from module to module and is always
    the same.
    """
    named = {" ".join(text.split())[:_LONGEST]: name for name, text in docstrings(Half.DEMONSTRATION)}
    pairs = [
        (f"What does {name} do?", f" In short: {line}")
        for line, name in named.items()
        if len(line) >= _SHORTEST
    ]
    return sorted(pairs, key=lambda pair: hashlib.sha256(pair[1].encode()).digest())[:count]


def _docstrings(module: str, source: bytes) -> Iterator[tuple[str, str]]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module}.{node.name}", ast.get_docstring(node) or ""
        elif isinstance(node, ast.Module):
            yield module, ast.get_docstring(node) or ""
