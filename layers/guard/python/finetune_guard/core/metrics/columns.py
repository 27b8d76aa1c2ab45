"""Which column is what: by name, never by place.

The documentation and the two real Nova files already disagree about the columns (docs/bedrock.md, 2.2), so
names are compared without case and punctuation, extra columns are ignored, and what is not found is said,
not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from finetune_guard.core.metrics.cells import cells, without_trailing_blanks
from finetune_guard.core.metrics.lines import LONGEST_LINE


class Quantity(StrEnum):
    """What a column can hold, named as the arrays of MetricSeries."""

    STEP = "step"
    EPOCH = "epoch"
    LOSS = "loss"
    TIME = "time"
    LEARNING_RATE = "learning_rate"
    GRAD_NORM = "grad_norm"
    STEP_TIME = "step_time"
    MEMORY = "memory"


class LossKind(StrEnum):
    """Whose loss is looked for."""

    TRAINING = "training"
    VALIDATION = "validation"


#: Names by falling preference: Bedrock's documented one first, then those of the tools that `replay` reads.
LOSS_NAMES: Mapping[LossKind, tuple[str, ...]] = {
    LossKind.TRAINING: ("training_loss", "train_loss", "train/loss", "loss"),
    LossKind.VALIDATION: ("validation_loss", "val_loss", "valid_loss", "eval_loss", "val/loss", "eval/loss"),
}
_OTHER_NAMES: Mapping[Quantity, tuple[str, ...]] = {
    Quantity.STEP: ("step_number", "step", "steps", "global_step", "training_step", "iteration", "iter"),
    Quantity.EPOCH: ("epoch_number", "epoch", "epochs"),
    Quantity.TIME: ("elapsed_s", "elapsed_seconds", "elapsed", "time_s"),
    Quantity.LEARNING_RATE: ("learning_rate", "lr"),
    Quantity.GRAD_NORM: ("grad_norm", "gradient_norm"),
    Quantity.STEP_TIME: ("step_time_s", "step_time", "time_per_step"),
    Quantity.MEMORY: ("memory_bytes",),
}
_DELIMITERS = (b",", b"\t", b";")


def names_of(quantity: Quantity, loss: LossKind) -> tuple[str, ...]:
    """The names under which a column is known, most trusted first."""
    return LOSS_NAMES[loss] if quantity is Quantity.LOSS else _OTHER_NAMES[quantity]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a header line says.

    Attributes:
        names: The columns' names as written.
        delimiter: One byte.
        places: For each quantity found, its columns; more than one where a name occurs more than once.
    """

    names: tuple[str, ...]
    delimiter: bytes
    places: Mapping[Quantity, tuple[int, ...]]

    @property
    def known(self) -> bool:
        """Whether points can be read: there is a step and a loss."""
        return Quantity.STEP in self.places and Quantity.LOSS in self.places

    @property
    def unambiguous(self) -> bool:
        """Whether each quantity has one column only."""
        return all(len(columns) == 1 for columns in self.places.values())


def read_header(line: bytes, loss: LossKind) -> Layout:
    """The layout of a header line, split at commas, tabs or semicolons, whichever makes most sense of it."""
    if len(line) > LONGEST_LINE:
        return Layout((), b",", {})
    layouts = [_layout(line, delimiter, loss) for delimiter in _DELIMITERS]
    return max(layouts, key=lambda layout: len(layout.places))


def _layout(line: bytes, delimiter: bytes, loss: LossKind) -> Layout:
    try:
        found = without_trailing_blanks(cells(line, delimiter), 0)
    except ValueError:
        found = []
    names = tuple(cell.decode(errors="replace").strip("\ufeff \t") for cell in found)
    plain = [_plain(name) for name in names]
    places = {quantity: _columns(plain, names_of(quantity, loss)) for quantity in Quantity}
    return Layout(names, delimiter, {quantity: columns for quantity, columns in places.items() if columns})


def _columns(plain: list[str], wanted: tuple[str, ...]) -> tuple[int, ...]:
    for name in map(_plain, wanted):
        if name in plain:
            return tuple(place for place, found in enumerate(plain) if found == name)
    return ()


def _plain(name: str) -> str:
    """Letters and digits in lower case: "Step Number", "stepNumber" and "step_number" are one name."""
    return "".join(filter(str.isalnum, name)).lower()
