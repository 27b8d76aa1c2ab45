import ast
import tomllib
from pathlib import Path

import pytest

from tests.mutation.mutants import Kind, mutants_of

WHOLE = frozenset({"wait_points"})
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def changed(line: str) -> set[str]:
    """What each mutant makes of a line of a function."""
    found = mutants_of(f"def f(a, b, limits):\n    return {line}\n", WHOLE)
    return {mutant.after.removeprefix("return ") for mutant in found}


@pytest.mark.parametrize(
    ("line", "mutants"),
    [
        ("a < b", {"a <= b", "a > b"}),
        ("a >= b", {"a > b", "a <= b"}),
        ("a == b", {"a != b"}),
        ("a is None", {"a is not None"}),
        ("a + b", {"a - b"}),
        ("a / b", {"a * b"}),
        ("-a", {"a"}),
        ("a & b", {"a | b"}),
        ("~a", {"a"}),
        ("a and b", {"a or b"}),
        ("min(a, b)", {"max(a, b)"}),
        ("np.minimum.accumulate(a)", {"np.maximum.accumulate(a)"}),
        ("a[3]", {"a[4]", "a[2]"}),
        ("a.up(0.05)", {"a.up(0.1)", "a.up(0.025)"}),
        ("limits.ratio", {"limits.ratio * 2.0", "limits.ratio * 0.5"}),
        ("limits.wait_points", {"limits.wait_points + 1", "limits.wait_points - 1"}),
    ],
)
def test_changes_one_thing_at_a_time(line: str, mutants: set[str]) -> None:
    assert changed(line) == mutants


@pytest.mark.parametrize("line", ["f'{a:.2f}' + 'text'", "'text'", "True", "limits.severity", "a // b"])
def test_leaves_texts_and_what_is_no_rule_alone(line: str) -> None:
    assert changed(line) == set()


def test_leaves_types_and_docstrings_alone() -> None:
    source = (
        'Pair = tuple[int, str]\n\n\ndef f(a: "int | None") -> Literal[3]:\n    """Is 3."""\n    return a\n'
    )

    assert mutants_of(source, WHOLE) == []


def test_changes_the_constants_at_the_top_of_a_module() -> None:
    found = mutants_of("#: Rows.\nWIDTHS = (3, 9)\n", WHOLE)

    assert [(one.kind, one.line, one.after) for one in found] == [
        (Kind.NUMBER, 2, "WIDTHS = (4, 9)"),
        (Kind.NUMBER, 2, "WIDTHS = (2, 9)"),
        (Kind.NUMBER, 2, "WIDTHS = (3, 10)"),
        (Kind.NUMBER, 2, "WIDTHS = (3, 8)"),
    ]
    assert {one.before for one in found} == {"WIDTHS = (3, 9)"}


def test_says_which_function_is_changed_and_leaves_the_rest_of_the_module() -> None:
    source = "class C:\n    def f(self):\n        return 1\n\n\ndef g():\n    return 1\n"

    first, _, second, _ = mutants_of(source, WHOLE)

    assert (first.within, second.within) == ("C.f", "g")
    assert ast.unparse(first.tree) == ast.unparse(ast.parse(source.replace("return 1", "return 2", 1)))


def test_every_mutant_that_is_known_to_be_the_same_has_a_reason() -> None:
    listed = tomllib.loads(EQUIVALENT.read_text())["mutant"]

    assert all(one["reason"] and one["before"] != one["after"] for one in listed)
