"""What the last look at a job's metric files showed, in a few numbers that its record keeps."""

from dataclasses import dataclass
from datetime import datetime

#: A record keeps this many of the last losses, for the small curve at the terminal.
TAIL_POINTS = 40


@dataclass(frozen=True, slots=True)
class PaceMark:
    """A step that a live curve had reached when a tick saw it."""

    step: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CurveSeen:
    """What the last look at the metric files showed.

    Attributes:
        rows: Rows of the training curve.
        last_step: Step of the last row; None without rows.
        last_loss: Loss of the last row; may be non-finite.
        first_loss: Loss of the first row; may be non-finite.
        last_validation: Last validation loss, where there is one.
        grew_at: When a tick last saw the row count rise.
        tail: The last losses, oldest first.
        live: Whether rows were seen to grow; a whole file that appears at the end is not live.
        steps_per_epoch: Rows of the first epoch, once it is complete; calibrates the batch.
        marks: Steps and when a tick saw them, oldest first; the job's own pace (detectors/pace.py).
        border: Steps of the segments before; findings of a later segment count the steps of the whole run.
        training_level: Mean loss of the last fifth of the rows, where they are finite; what models are
            compared by where there is no validation.
    """

    rows: int = 0
    last_step: int | None = None
    last_loss: float | None = None
    first_loss: float | None = None
    last_validation: float | None = None
    grew_at: datetime | None = None
    tail: tuple[float, ...] = ()
    live: bool = False
    steps_per_epoch: int | None = None
    marks: tuple[PaceMark, ...] = ()
    border: int = 0
    training_level: float | None = None
