"""Labels: what a careful person says of whole curves, read from a file with one row a curve."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass

from finetune_guard.core.errors import InvalidInputError

#: Columns that a label file must have; "reason" is read where it is there, others are not.
COLUMNS = ("id", "label", "onset_step", "should_stop", "confidence")


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one curve.

    Attributes:
        kind: The class, such as healthy, exploding or overfit; what follows a hyphen is a variant of it.
        onset_step: Step at which the fault can first be seen; None where there is none.
        should_stop: yes, no or unclear.
        confidence: high, medium or low.
        reason: Why, in the person's words.
    """

    kind: str
    onset_step: float | None
    should_stop: str
    confidence: str
    reason: str


def read_labels(name: str, data: bytes) -> Mapping[str, Label]:
    """The labels by the id of their curve; of two rows with one id the later counts.

    Args:
        name: What to call the file in a message.
        data: CSV in UTF-8 with a header that names COLUMNS, in any order.

    Raises:
        InvalidInputError: It is no such CSV, or an onset is not a number.
    """
    try:
        reader = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), restval="")
        header, rows = reader.fieldnames or (), list(reader)
    except (UnicodeDecodeError, csv.Error) as exc:
        raise InvalidInputError(f"{name} is no label file: {exc}. Expected CSV in UTF-8.") from exc
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise InvalidInputError(
            f"{name} is no label file: it has no column {', '.join(missing)}. "
            f"Expected CSV with the columns {', '.join(COLUMNS)}."
        )
    return {row["id"]: _label(name, row) for row in rows}


def _label(name: str, row: Mapping[str, str]) -> Label:
    return Label(
        kind=row["label"],
        onset_step=_step(name, row),
        should_stop=row["should_stop"],
        confidence=row["confidence"],
        reason=row.get("reason", ""),
    )


def _step(name: str, row: Mapping[str, str]) -> float | None:
    text = row["onset_step"].strip()
    try:
        step = float(text) if text else None
    except ValueError:
        step = math.nan
    if step is not None and not math.isfinite(step):
        raise InvalidInputError(
            f"The onset_step of {row['id'][:80]!r} in {name} is {text[:40]!r}; "
            "expected a step, or nothing where there is no onset."
        )
    return step
