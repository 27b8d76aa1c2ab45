from dataclasses import replace
from pathlib import Path

import pytest

from tests.mutation.listed import ListedFault, listed, source_of
from tests.mutation.noticing import Noticed, table
from tests.mutation.running import Outcome

FAULTS = listed()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.number}")
def test_a_listed_fault_is_found_once_and_leaves_code_that_compiles(fault: ListedFault) -> None:
    source = source_of(fault)
    changed = fault.put_into(source)
    assert changed != source
    assert compile(changed, fault.file, "exec")


def test_the_listed_faults_are_numbered_and_each_says_what_it_breaks() -> None:
    assert [fault.number for fault in FAULTS] == list(range(1, len(FAULTS) + 1))
    assert len({fault.breaks for fault in FAULTS}) == len(FAULTS) >= 30


def test_every_test_file_that_a_fault_is_tried_with_is_there() -> None:
    assert not [test for fault in FAULTS for part in fault.rounds for test in part if not Path(test).exists()]


@pytest.mark.parametrize("source", ["nothing of it", "here = 1\nthere = here = 1\n"])
def test_a_text_that_is_gone_or_there_twice_is_refused(source: str) -> None:
    fault = ListedFault(7, "core/breaker.py", "Breaks.", "here = 1", "here = 2")
    with pytest.raises(ValueError, match=r"Fault 7: core/breaker\.py has"):
        fault.put_into(source)


def test_the_table_says_which_test_notices_a_fault_and_names_those_that_none_does() -> None:
    fault = ListedFault(1, "core/breaker.py", "Breaks a promise.", "a", "b")
    noticed = [
        Noticed(fault, Outcome.KILLED, "tests/core/test_breaker.py::test_it_holds[two]", 2.0),
        Noticed(replace(fault, number=2), Outcome.SURVIVED, "", 9.0),
    ]

    lines = table(noticed)

    assert lines[0] == "1 of 2 are noticed."
    assert "| 1 | `core/breaker.py` | Breaks a promise. | `test_breaker`: it holds | 2 |" in lines
    assert "| 2 | `core/breaker.py` | Breaks a promise. | **nothing** | 9 |" in lines
    assert lines[-1] == "Not noticed: 2"
