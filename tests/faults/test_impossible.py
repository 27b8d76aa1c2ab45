"""What shows that a row of the registry cannot happen here: what it would need is not in the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.called_operations import called
from tests.faults.rows import Registry

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "layers" / "guard" / "python" / "finetune_guard"
INFRA = ROOT / "infra"


def sources(*folders: Path) -> Iterator[tuple[Path, ast.Module]]:
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            yield path, ast.parse(path.read_text())


def names(tree: ast.AST) -> set[str]:
    """Every name, attribute and imported module of a source."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def using(words: tuple[str, ...], *folders: Path) -> list[str]:
    """Sources in which one of the words is part of a name."""
    return [
        str(path.relative_to(ROOT))
        for path, tree in sources(*folders)
        if any(word.lower() in name.lower() for name in names(tree) for word in words)
    ]


def test_no_function_is_fed_from_a_queue() -> None:
    """Rows 7 and 9."""
    assert using(("EventSourceMapping", "aws_lambda_event_sources", "add_event_source"), INFRA) == []


def test_no_function_sends_to_a_queue_by_itself() -> None:
    """Row 10; what is sent to the queue of dead letters, Lambda, the scheduler and SNS send."""
    asked = {model.name for model in called() if model.service_model.service_name == "sqs"}
    assert asked == {"GetQueueAttributes"}


def test_no_library_keeps_records_of_its_own() -> None:
    """Row 13."""
    assert using(("idempotency", "idempotent"), PACKAGE, ROOT / "lambdas") == []


def test_nothing_writes_a_csv() -> None:
    """Row 50."""
    assert using(("DictWriter", "to_csv", "savetxt"), PACKAGE) == []
    used = {
        node.attr
        for _, tree in sources(PACKAGE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "csv"
    }
    assert "reader" in used
    assert "writer" not in used


def test_records_are_written_one_by_one() -> None:
    """Row 61."""
    writes = {o.name for o in called() if o.service_model.service_name == "dynamodb"} - {"GetItem", "Query"}
    assert writes == {"PutItem"}


@pytest.mark.parametrize(("row", "reason"), Registry.read().impossible.items())
def test_the_test_that_a_reason_names_is_here_and_speaks_of_the_row(row: int, reason: str) -> None:
    place, _, name = reason.rpartition(": ")[2].partition("::")
    (shown,) = (
        node
        for node in ast.parse((ROOT / place).read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    assert str(row) in (ast.get_docstring(shown) or "")
