import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.metrics.runs import read_curve

TRAINING = b"step_number,epoch_number,training_loss\n1,0,1.5\n2,0,1.25\n3,1,1.0\n4,1,0.75"
VALIDATION = b"step_number,epoch_number,validation_loss\n2,0,1.4\n4,1,1.1\n"


def test_a_bedrock_csv_is_read_with_its_validation_file() -> None:
    curve = read_curve("training.csv", TRAINING, VALIDATION)

    assert curve.training.loss.tolist() == [1.5, 1.25, 1.0, 0.75]
    assert curve.validation.step.tolist() == [2, 4]


def test_a_validation_file_is_set_on_the_axis_of_training_steps() -> None:
    curve = read_curve(
        "training.csv", TRAINING, VALIDATION.replace(b"\n4,1", b"\n3,1").replace(b"\n2,0", b"\n1,0")
    )
    counted = read_curve(
        "training.csv", TRAINING, VALIDATION.replace(b"\n4,1", b"\n1,1").replace(b"\n2,0", b"\n0,0")
    )

    assert curve.validation.step.tolist() == [1, 3]
    assert counted.validation.step.tolist() == [2, 4]


def test_any_csv_with_a_step_and_a_loss_is_read_with_its_validation_column() -> None:
    data = (
        b"epoch,step,train_loss,val_loss,lr-Adam\n0,50,2.5,,0.1\n0,99,,2.25,\n1,149,1.5,,0.1\n1,199,,1.75,\n"
    )

    curve = read_curve("metrics.csv", data)

    assert (curve.training.step.tolist(), curve.training.loss.tolist()) == ([50, 149], [2.5, 1.5])
    assert (curve.validation.step.tolist(), curve.validation.loss.tolist()) == ([99, 199], [2.25, 1.75])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("suffix", ["csv", "txt", ""])
def test_a_log_is_told_by_its_content_and_not_by_its_name(encoding: str, suffix: str) -> None:
    document = json.dumps({"points": [{"step": 1, "train_loss": 1.5}]})
    table = "step,loss\n1,1.5\n"

    assert read_curve(f"log.{suffix}", document.encode(encoding)).training.loss.tolist() == [1.5]
    assert read_curve(f"log.{suffix}", table.encode(encoding)).training.loss.tolist() == [1.5]


@pytest.mark.parametrize(
    "data", [b"", b"hello\n", b"a,b\n1,2\n", b"1,0,1.5\n2,0,1.25\n", b"\x00\x01\x02", b"\x89PNG\r\n"]
)
def test_what_is_no_log_is_refused_with_what_was_looked_for(data: bytes) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_curve("notes.csv", data)

    for said in ("notes.csv", "log_history", "step_number", "training_loss"):
        assert said in str(refused.value)


def test_a_table_of_which_no_row_can_be_read_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidInputError, match="its loss is no number"):
        read_curve("log.csv", b"step,loss\n1,one\n2,two\n")


def test_a_validation_file_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"validation file of training\.csv"):
        read_curve("training.csv", TRAINING, TRAINING)


def test_a_header_alone_is_a_curve_without_points() -> None:
    assert len(read_curve("log.csv", b"step,loss\n").training) == 0


@given(
    st.one_of(
        st.binary(max_size=200), st.text('{}[]":,0123456789.naifpoints \n', max_size=80).map(str.encode)
    )
)
def test_nothing_but_a_curve_or_a_refusal_comes_of_any_bytes(data: bytes) -> None:
    try:
        curve = read_curve("log", data)
    except InvalidInputError as refused:
        assert "log" in str(refused)
    else:
        assert len(curve.training.loss) == len(curve.training.step)
