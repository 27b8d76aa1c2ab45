"""Any training log that `replay` is given into a curve, told apart by content, not by name."""

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.metrics.bedrock_csv import ReadMetrics, Schema, read_training, read_validation
from finetune_guard.core.metrics.columns import LossKind, Quantity, names_of
from finetune_guard.core.metrics.joining import join
from finetune_guard.core.metrics.logs import read_log
from finetune_guard.core.metrics.series import Curve

#: A byte-order mark of UTF-8 or UTF-16 and the NULs of UTF-16 may stand before or around the first character.
_BEFORE_TEXT = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"


def read_curve(name: str, data: bytes, validation: bytes | None = None) -> Curve:
    """Reads a finished training log.

    Args:
        name: What to call it in a message.
        data: A run of the labelled set, a trainer_state.json, Bedrock's step_wise_training_metrics.csv, or
            any delimited text with a step and a loss column.
        validation: For a Bedrock CSV, the validation_metrics.csv beside it. Without it, a validation column
            of `data` is used where there is one.

    Returns:
        The curve; without points where the log has none.

    Raises:
        InvalidInputError: It is none of these, or none of its rows can be read.
    """
    if data.lstrip(_BEFORE_TEXT)[:1] in (b"{", b"["):
        return read_log(name, data)
    training = _readable(name, read_training(data, complete=True), LossKind.TRAINING)
    if validation is not None:
        evaluated = _readable(
            f"the validation file of {name}", read_validation(validation, complete=True), LossKind.VALIDATION
        )
    else:
        evaluated = read_validation(data, complete=True)
    return join(training.series, evaluated.series)


def _readable(name: str, read: ReadMetrics, loss: LossKind) -> ReadMetrics:
    if read.schema is not Schema.KNOWN:
        begins = ", ".join(column[:40] for column in read.header[:8]) or "nothing"
        raise InvalidInputError(
            f"{name} is no training log: it begins with {begins!r}. Expected JSON with `points` or "
            "`log_history`, or delimited text with a header that names "
            f"a step ({_any_of(Quantity.STEP, loss)}) and a loss ({_any_of(Quantity.LOSS, loss)})."
        )
    if read.rows and read.rejected == read.rows:
        raise InvalidInputError(f"No row of {name} can be read. {' '.join(read.remarks())}")
    return read


def _any_of(quantity: Quantity, loss: LossKind) -> str:
    return ", ".join(names_of(quantity, loss))
