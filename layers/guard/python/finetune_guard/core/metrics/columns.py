"""Which column is what: by name, never by place.

The documentation and the two real Nova files already disagree about the columns (docs/bedrock.md, 2.2), so
names are compared without case and punctuation, extra columns are ignored, and what is not found is said,
not guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

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
}
#: What memory is called, by PyTorch's counters and by the loggers of torchtune and Axolotl; of several the
#: first counts.
_MEMORY_NAMES = (
    "memory",
    "gpu_memory",
    "cuda_memory",
    "peak_memory",
    "max_memory_allocated",
    "peak_memory_alloc",
    "max_mem_allocated",
    "memory/max_mem_allocated",
    "max_mem_active",
    "memory/max_mem_active",
    "peak_memory_active",
    "memory_allocated",
    "memory_used",
    "gpu_memory_used",
    "max_memory_reserved",
    "peak_memory_reserved",
    "memory_reserved",
    "memory/device_mem_reserved",
)
#: A name may end in its unit; without one the numbers are taken as they are.
_MEMORY_UNITS: Mapping[str, float] = {
    "bytes": 1.0,
    "kib": 2.0**10,
    "mib": 2.0**20,
    "gib": 2.0**30,
    "kb": 1e3,
    "mb": 1e6,
    "gb": 1e9,
    "": 1.0,
}
_DELIMITERS = (b",", b"\t", b";")


def names_of(quantity: Quantity, loss: LossKind) -> tuple[str, ...]:
    """The names under which a column is known, most trusted first."""
    if quantity is Quantity.MEMORY:
        return tuple(f"{name}_{unit}".strip("_") for name in _MEMORY_NAMES for unit in _MEMORY_UNITS)
    return LOSS_NAMES[loss] if quantity is Quantity.LOSS else _OTHER_NAMES[quantity]


def memory_unit(name: str) -> float | None:
    """Bytes in one unit of a column or field of this name; None where it is no memory."""
    plain = _plain(name)
    if plain not in _plain_names(Quantity.MEMORY, LossKind.TRAINING):
        return None
    return next(size for unit, size in _MEMORY_UNITS.items() if plain.endswith(unit))


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

    def unit(self, quantity: Quantity) -> float:
        """What the numbers of a column are multiplied by: memory is in bytes where its name has a unit."""
        if quantity is not Quantity.MEMORY:
            return 1.0
        return memory_unit(self.names[self.places[quantity][0]]) or 1.0


def read_header(line: bytes, loss: LossKind) -> Layout:
    """The layout of a header line, split at commas, tabs or semicolons, whichever makes most sense of it."""
    if len(line) > LONGEST_LINE:
        return Layout((), b",", {})
    there = [delimiter for delimiter in _DELIMITERS if delimiter in line]
    layouts = [_layout(line, delimiter, loss) for delimiter in there or _DELIMITERS[:1]]
    return max(layouts, key=lambda layout: len(layout.places))


def _layout(line: bytes, delimiter: bytes, loss: LossKind) -> Layout:
    try:
        found = without_trailing_blanks(cells(line, delimiter), 0)
    except ValueError:
        found = []
    names = tuple(cell.decode(errors="replace").strip("\ufeff \t") for cell in found)
    plain = [_plain(name) for name in names]
    places = {quantity: _columns(plain, _plain_names(quantity, loss)) for quantity in Quantity}
    return Layout(names, delimiter, {quantity: columns for quantity, columns in places.items() if columns})


@cache
def _plain_names(quantity: Quantity, loss: LossKind) -> tuple[str, ...]:
    return tuple(map(_plain, names_of(quantity, loss)))


def _columns(plain: list[str], wanted: tuple[str, ...]) -> tuple[int, ...]:
    for name in wanted:
        if name in plain:
            return tuple(place for place, found in enumerate(plain) if found == name)
    return ()


def _plain(name: str) -> str:
    """Letters and digits in lower case: "Step Number", "stepNumber" and "step_number" are one name."""
    return "".join(filter(str.isalnum, name)).lower()
