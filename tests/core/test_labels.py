import pytest

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.labels import Label, read_labels

HEADER = "id,group,label,onset_step,should_stop,confidence,reason\n"


def test_a_label_is_read_with_its_onset_and_reason() -> None:
    data = HEADER + 'bad,someone/repo,exploding-late,120,yes,high,"from 2 to 9, and stays"\n'

    assert read_labels("labels.csv", data.encode()) == {
        "bad": Label("exploding-late", 120.0, "yes", "high", "from 2 to 9, and stays")
    }


def test_a_curve_with_nothing_wrong_has_no_onset() -> None:
    labels = read_labels("labels.csv", (HEADER + "good,g,healthy,,no,high,\n").encode())

    assert labels["good"].onset_step is None


def test_the_reason_may_be_missing_and_a_byte_order_mark_may_be_there() -> None:
    data = "\ufeffid,label,onset_step,should_stop,confidence\ngood,healthy,,no,high\n"

    assert read_labels("labels.csv", data.encode())["good"].reason == ""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"id,label\na,healthy\n", "no column onset_step, should_stop, confidence"),
        (b"", "no column id"),
        (b"\xff\xfe\x00", "Expected CSV in UTF-8"),
        (HEADER.encode() + b"a,g,exploding,soon,yes,high,\n", "is 'soon'; expected a step"),
        (HEADER.encode() + b"a,g,exploding,nan,yes,high,\n", "is 'nan'; expected a step"),
        (HEADER.encode() + b"a,g,exploding," + b"9" * 200_000, "no label file"),
    ],
)
def test_what_is_no_label_file_is_said_so(data: bytes, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_labels("labels.csv", data)
