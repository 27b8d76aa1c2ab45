"""One line of a training file as JSON, strictly: what `json.loads` lets pass, or dies of, is a named fault.

Python's reader accepts NaN, duplicate keys and numbers beyond a double, raises RecursionError on deep nesting
and ValueError on an integer of 5,000 digits (fault row 54). It is asked only about lines that the fast reader
(reading.py) did not take.
"""

import json
import math

from finetune_guard.core.datasets.faults import DataFault

JsonRecord = dict[str, object]


class _FaultFoundError(ValueError):
    """Carries a fault out of the JSON reader's hooks."""

    def __init__(self, fault: DataFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_record(content: bytes) -> JsonRecord | DataFault:
    """The line's object, or the fault that keeps it from being one."""
    try:
        value = json.loads(
            content.decode(), object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except _FaultFoundError as exc:
        return exc.fault
    except UnicodeDecodeError:
        return DataFault.NOT_UTF8
    except json.JSONDecodeError:
        return DataFault.NOT_JSON
    except RecursionError:
        return DataFault.TOO_DEEP
    except ValueError:
        return DataFault.HUGE_NUMBER
    return value if isinstance(value, dict) else DataFault.NOT_AN_OBJECT


def _object(pairs: list[tuple[str, object]]) -> JsonRecord:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise _FaultFoundError(DataFault.DUPLICATE_KEY)
    return record


def _constant(_: str) -> object:
    raise _FaultFoundError(DataFault.NOT_A_NUMBER)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _FaultFoundError(DataFault.HUGE_NUMBER)
    return number
