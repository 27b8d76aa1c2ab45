from pathlib import Path

from tests.distributing import LONGEST, TOGETHER, unit_of

ROOT = Path(__file__).parents[1]


def test_every_unit_that_is_named_is_there() -> None:
    assert [unit for unit in (*TOGETHER, *LONGEST) if not (ROOT / unit).exists()] == []


def test_every_unit_that_is_long_is_a_unit() -> None:
    assert [unit_of(unit if unit.endswith(".py") else f"{unit}/test_any.py") for unit in LONGEST] == [
        *LONGEST
    ]


def test_a_file_is_a_unit_but_in_a_folder_that_stays_together() -> None:
    assert unit_of("tests/core/test_names.py::test_a[1::2]") == "tests/core/test_names.py"
    assert unit_of("tests/infra/test_stack.py::test_a") == unit_of("tests/infra/test_gates.py::test_b")
