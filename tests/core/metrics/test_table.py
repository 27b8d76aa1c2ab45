import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.metrics.clean_rows import read_clean
from finetune_guard.core.metrics.columns import Layout, LossKind, Quantity, read_header
from finetune_guard.core.metrics.rows import Blank, Reason, read_row
from finetune_guard.core.metrics.table import Rejection, Table, read_table

HEADER = b"step_number,epoch_number,training_loss\n"
LAYOUT = read_header(HEADER.strip(), LossKind.TRAINING)


def table(*lines: bytes, header: bytes = HEADER, complete: bool = False) -> Table:
    return read_table(header + b"".join(line + b"\n" for line in lines), LossKind.TRAINING, complete=complete)


def losses(read: Table) -> list[float]:
    return list(map(float, read.columns[Quantity.LOSS]))


NUMERIC_TEXT = st.text("0123456789.+-eEnNaAiIfF", max_size=6).map(str.encode)
NUMBER = st.one_of(
    st.integers(0, 10**12).map(str),
    st.floats().map(repr),
    st.floats(0, 20).map("{:.6f}".format),
    st.sampled_from(["nan", "-NaN", "inf", "-Infinity", "1e999", "5.", ".5", "-0", "007", "1e2"]),
).map(str.encode)
PLAIN_LINE = st.tuples(st.integers(0, 10**6), st.integers(0, 9), st.floats()).map(
    lambda row: f"{row[0]},{row[1]},{row[2]!r}".encode()
)
ODD_LINE = st.lists(st.one_of(NUMBER, NUMERIC_TEXT), min_size=1, max_size=4).map(b",".join).filter(bool)


@given(st.lists(PLAIN_LINE, min_size=1, max_size=20))
def test_the_fast_path_reads_plain_rows(lines: list[bytes]) -> None:
    assert read_clean(b"".join(line + b"\n" for line in lines), LAYOUT) is not None


@given(
    st.lists(st.one_of(PLAIN_LINE, ODD_LINE), min_size=1, max_size=5),
    st.sampled_from([HEADER.strip(), b"training_loss,x,step", b"step,loss,lr,epoch", b"step,loss,loss"]),
)
def test_where_the_fast_path_answers_the_careful_path_answers_the_same(
    lines: list[bytes], header: bytes
) -> None:
    layout: Layout = read_header(header, LossKind.TRAINING)

    fast = read_clean(b"".join(line + b"\n" for line in lines), layout)

    if fast is not None:
        np.testing.assert_array_equal(fast, [read_row(line, layout) for line in lines])


@given(st.lists(st.one_of(PLAIN_LINE, ODD_LINE), max_size=20))
def test_a_column_of_text_changes_the_path_and_not_the_answer(lines: list[bytes]) -> None:
    fast = table(*lines)
    careful = table(*(b"text," + line for line in lines), header=b"note," + HEADER)

    np.testing.assert_array_equal(losses(fast), losses(careful))
    assert (fast.rows, fast.blank, fast.rejections) == (careful.rows, careful.blank, careful.rejections)


@pytest.mark.fault(42)
@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (b"3,0,", Blank.NO_LOSS),
        (b"3,0,None", Blank.NO_LOSS),
        (b",,", Blank.NO_LOSS),
        (b"3,0,1_000", Reason.LOSS),
        (b"3,0,1.5x", Reason.LOSS),
        (b",0,1.5", Reason.STEP),
        (b"-3,0,1.5", Reason.STEP),
        (b"2.5,0,1.5", Reason.STEP),
        (b"nan,0,1.5", Reason.STEP),
        (b"1e300,0,1.5", Reason.STEP),
        (b"3,inf,1.5", Reason.EPOCH),
        (b"3,x,1.5", Reason.EPOCH),
    ],
)
def test_a_row_that_gives_no_point_says_why(line: bytes, outcome: Reason | Blank) -> None:
    assert read_row(line, LAYOUT) is outcome


@pytest.mark.fault(43)
def test_a_nul_byte_spoils_its_row_only() -> None:
    read = table(b"1,0,1.5", b"\x002,0,1.25", b"3,0,1\x00.0", b"4,0,0.5")

    assert losses(read) == [1.5, 0.5]
    assert read.rejections == (Rejection(Reason.NUL, 2, first_row=2),)


@pytest.mark.fault(43)
def test_invalid_utf_8_harms_only_the_numbers_it_hits() -> None:
    read = table(b"1,\xff,1.5", b"\xfe,ok,1.25", b"3,ok,0.\xc35", header=b"step,note,loss\n")

    assert losses(read) == [1.5]
    assert read.rows == 3


@pytest.mark.fault(44)
def test_a_row_with_other_cells_than_the_header_is_rejected_and_trailing_delimiters_are_not() -> None:
    read = table(b"1,0,1.5,,", b"2,0", b"3,0,1.25,7", b"4,0,1.0")

    assert losses(read) == [1.5, 1.0]
    assert read.rejections == (Rejection(Reason.CELL_COUNT, 2, first_row=2),)


@pytest.mark.fault(44)
def test_columns_of_one_name_count_where_they_agree() -> None:
    numbers = table(b"1,1.5,1.5", b"2,1.25,9.0", header=b"step,loss,loss\n")
    read = table(b"1,1.5,1.5", b"2,1.25,9.0", b"3,1.0, 1.0", header=b"step,loss,loss\n")

    assert losses(numbers) == [1.5]
    assert losses(read) == [1.5, 1.0]
    assert read.rejections == (Rejection(Reason.DISAGREE, 1, first_row=2),)


@pytest.mark.fault(44)
def test_an_unknown_header_gives_no_points_and_is_kept_for_the_report() -> None:
    read = table(b"1,2,3", header=b"foo,bar,baz\n")

    assert not read.known
    assert read.header == ("foo", "bar", "baz")
    assert losses(read) == []


@pytest.mark.fault(44)
def test_a_remark_above_the_header_is_passed_over() -> None:
    read = table(b"1,0,1.5", header=b"# written by a trainer\n\n" + HEADER)

    assert losses(read) == [1.5]
    assert read.header == ("step_number", "epoch_number", "training_loss")


@pytest.mark.fault(44)
def test_a_header_in_the_middle_changes_what_the_columns_mean() -> None:
    read = table(
        b"1,0,1.5", HEADER.strip(), b"2,0,1.25", b"epoch_number,step_number,training_loss", b"0,3,1.0"
    )

    assert losses(read) == [1.5, 1.25, 1.0]
    assert list(read.columns[Quantity.STEP]) == [1, 2, 3]
    assert (read.rows, read.repeated_headers) == (3, 2)


@pytest.mark.fault(44)
def test_a_header_in_the_middle_holds_for_all_that_follows() -> None:
    rows = [b"0,%07d,1.0" % step for step in range(50_000)]

    read = table(b"7,1,2.0", b"epoch,step,loss", *rows)

    assert read.columns[Quantity.STEP].tolist() == [7, *range(50_000)]


@pytest.mark.fault(48)
def test_a_number_of_64_kib_is_no_number() -> None:
    read = table(b"1,0,1.5", b"2,0,1." + b"5" * 65_536, b"3,0,1.0")

    assert losses(read) == [1.5, 1.0]
    assert read.rejections == (Rejection(Reason.TOO_LONG, 1, first_row=2),)


@pytest.mark.fault(49)
@pytest.mark.parametrize("damaged", [b'2,0,"1.25', b'"2,0,1.25', b"2,0," + b"9" * 140_000])
def test_damage_is_limited_to_its_line(damaged: bytes) -> None:
    read = table(b"1,0,1.5", damaged, b"3,0,1.0", b'4,0,"0.5"')

    assert losses(read) == [1.5, 1.0, 0.5]
    assert sum(found.rows for found in read.rejections) == 1


@pytest.mark.fault(41)
@pytest.mark.parametrize("cut", [b"2,0,1.2", b"2,0,1.", b"2,0,", b"2,0", b"2", b"2,0,1.25"])
def test_an_unfinished_last_line_is_dropped(cut: bytes) -> None:
    read = read_table(HEADER + b"1,0,1.5\n" + cut, LossKind.TRAINING, complete=False)

    assert losses(read) == [1.5]
    assert read.tail_dropped


@pytest.mark.fault(41)
@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (b"2,0,1.", Reason.CUT),
        (b"2,0", Reason.CELL_COUNT),
        (b"2", Reason.CELL_COUNT),
        (b"2,0,1.2e", Reason.LOSS),
    ],
)
def test_in_a_finished_file_a_broken_last_line_is_rejected(last: bytes, reason: Reason) -> None:
    read = read_table(HEADER + b"1,0,1.5\n" + last, LossKind.TRAINING, complete=True)

    assert losses(read) == [1.5]
    assert [found.reason for found in read.rejections] == [reason]


@pytest.mark.fault(41)
def test_in_a_finished_file_a_whole_last_line_counts_without_its_line_end() -> None:
    read = read_table(HEADER + b"1,0,1.5\n2,0,1.25", LossKind.TRAINING, complete=True)

    assert losses(read) == [1.5, 1.25]
    assert not read.tail_dropped


def test_other_quantities_are_read_where_there_are_columns_and_never_cost_a_row() -> None:
    read = table(b"1,1.5,0.1,oops", b"2,1.25,,0.2", header=b"step,loss,learning_rate,grad_norm\n")

    np.testing.assert_array_equal(read.columns[Quantity.LEARNING_RATE], [0.1, math.nan])
    np.testing.assert_array_equal(read.columns[Quantity.GRAD_NORM], [math.nan, 0.2])
    assert Quantity.MEMORY not in read.columns


@pytest.mark.parametrize("note", [b"", b",text"])
def test_a_memory_is_in_bytes_on_either_path_where_its_name_has_a_unit(note: bytes) -> None:
    header = b"step,loss,memory/max_mem_active(gib)" + (b",note" if note else b"") + b"\n"

    read = table(b"1,1.5,14.5" + note, b"2,1.25,1e308" + note, header=header)

    np.testing.assert_array_equal(read.columns[Quantity.MEMORY], [14.5 * 2**30, math.inf])


def test_of_very_many_header_lines_the_first_thousand_count_and_the_others_are_rows() -> None:
    read = table(*[b"loss,step_number", b"step_number,loss"] * 600, header=b"step,loss\n")

    assert read.repeated_headers == 1000
    assert read.rejections == (Rejection(Reason.STEP, 200, 1),)


def test_a_line_that_is_long_for_a_header_is_a_row() -> None:
    read = table(b"1,1.5", b"step,loss" + b",x" * 3000, b"2,1.25", header=b"step,loss\n")

    assert losses(read) == [1.5, 1.25]
    assert (read.repeated_headers, read.rejections) == (0, (Rejection(Reason.CELL_COUNT, 1, 2),))


def test_a_megabyte_of_blank_lines_above_the_header_is_read_in_no_time() -> None:
    began = time.process_time()
    read = read_table(b"\r \r\t" * 250_000 + b"\r\tstep\tloss\r\t1\t1.5\r", LossKind.TRAINING, complete=True)

    assert losses(read) == [1.5]
    assert time.process_time() - began < 1


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_under_a_header_are_counted_and_never_raise(body: bytes, complete: bool) -> None:
    read = read_table(HEADER + body, LossKind.TRAINING, complete=complete)

    rejected = sum(found.rows for found in read.rejections)
    assert read.rows == len(losses(read)) + read.blank + rejected
