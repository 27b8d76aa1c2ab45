import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.metrics.cells import cells, number, without_trailing_blanks


@pytest.mark.fault(42)
@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "NAN", "-nan", "+nan", " nan ", "nan(ind)", "-nan(ind)", "1.#QNAN", "-1.#IND"]
)
def test_every_spelling_of_nan_is_nan(cell: str) -> None:
    value = number(cell.encode())

    assert value is not None
    assert math.isnan(value)


@pytest.mark.fault(42)
@pytest.mark.parametrize(
    "cell", ["inf", "Inf", "INF", "+inf", "Infinity", "infinity", "1.#INF", "1e999", "9e400"]
)
def test_every_spelling_of_infinity_is_infinite(cell: str) -> None:
    assert number(cell.encode()) == math.inf
    assert number(b"-" + cell.encode().lstrip(b"+")) == -math.inf


@pytest.mark.fault(42)
@pytest.mark.parametrize("cell", ["", "  ", "None", "none", "null", "NULL", "NA", "n/a"])
def test_a_missing_value_is_missing_and_not_nan(cell: str) -> None:
    assert number(cell.encode()) is None


@pytest.mark.fault(42)
@pytest.mark.parametrize(
    "cell",
    [
        *["1_000", "١", "１", "0x1p3", "1,5", "1.5.2", "1d5", "1f", "\u22121", "1.5\x00", "=1+1", "true"],
        *["e5", "1e", "--1", "+-1", "- 1", "1 2", ".", "-", "--nan", "+-inf", "nanx", "infinit", "-null"],
    ],
)
def test_what_is_no_strict_ascii_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        number(cell.encode())


@given(st.floats())
def test_every_float_that_python_writes_is_read_back(value: float) -> None:
    read = number(repr(value).encode())

    assert read == value or (read is not None and math.isnan(read) and math.isnan(value))


@given(st.binary(max_size=40))
def test_any_bytes_are_a_number_missing_or_refused(cell: bytes) -> None:
    try:
        value = number(cell)
    except ValueError:
        return
    assert value is None or isinstance(value, float)


def test_a_long_cell_of_digits_takes_linear_time_to_refuse() -> None:
    began = time.process_time()

    with pytest.raises(ValueError, match="not a number"):
        number(b"1" * 60_000 + b"x")

    assert time.process_time() - began < 1  # a quadratic pattern takes more than ten times this


@pytest.mark.fault(49)
def test_quotes_group_within_a_line() -> None:
    assert cells(b'1,"a,b", "2.5"', b",") == [b"1", b"a,b", b"2.5"]


@pytest.mark.fault(49)
@pytest.mark.parametrize("line", [b'1,"0,1.5', b'"', b'1,"0"x,1.5'])
def test_a_quote_that_does_not_close_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match="unbalanced quote"):
        cells(line, b",")


@given(st.lists(st.binary(max_size=5).filter(lambda cell: b"," not in cell and b'"' not in cell), min_size=1))
def test_a_line_without_quotes_is_split_at_every_delimiter(written: list[bytes]) -> None:
    assert cells(b",".join(written), b",") == written


def test_empty_cells_beyond_the_header_are_left_out() -> None:
    assert without_trailing_blanks([b"1", b"", b"", b" "], 2) == [b"1", b""]
    assert without_trailing_blanks([b"1", b"2", b"3"], 2) == [b"1", b"2", b"3"]
