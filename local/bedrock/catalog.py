"""The base models: read from the product's own catalogue, so that there is one list of them and their limits.

What the stand-in can train is text; image families are listed and refused with a sentence.
"""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from local.bedrock.errors import StandInError

CATALOG: Final = (
    Path(__file__).parents[2] / "layers/guard/python/finetune_guard/core/hyperparameters/catalog.json"
)


class Knob(msgspec.Struct, frozen=True):
    """One hyperparameter; `min` and `max` are legal values, None where no limit is known."""

    type: str
    min: float | None = None
    max: float | None = None
    default: float | str | None = None
    required: bool = False
    documented: bool = True


class Limits(msgspec.Struct, frozen=True):
    """What the service asks of a dataset, in records; None where no limit is known."""

    schema: str
    min_records: int | None = None
    max_records: int | None = None
    min_validation_records: int | None = None
    max_validation_records: int | None = None
    sum_train_validation_max: int | None = None
    counts: str = ""
    validation_supported: bool = True

    @property
    def minimum_is_of_the_sum(self) -> bool:
        """Whether validation records count towards `min_records`, as for Llama."""
        return self.counts.startswith("sum")


class Lifecycle(msgspec.Struct, frozen=True):
    """Whether the service still has the model."""

    status: str
    end_of_life: date | None = None


class BaseModel(msgspec.Struct, frozen=True):
    """One base model that fine-tuning knows."""

    model_id: str
    family: str
    regions: tuple[str, ...]
    customization_types: tuple[str, ...]
    hyperparameters: Mapping[str, Knob]
    dataset: Limits
    lifecycle: Lifecycle

    @property
    def is_text(self) -> bool:
        """Whether the stand-in can train it."""
        return not self.dataset.schema.startswith("image")

    @property
    def has_hidden_batch(self) -> bool:
        """Nova: a batchSize is accepted and ignored (docs/bedrock.md, 2.2)."""
        return self.family.startswith("amazon-nova")

    @property
    def has_perplexity_column(self) -> bool:
        """The documentation has this column; Nova's real files have it not, nor is it known for Llama."""
        return not self.family.startswith(("amazon-nova", "meta-llama"))

    def gone(self, today: date) -> bool:
        """Whether the service no longer offers it."""
        ended = self.lifecycle.end_of_life
        return self.lifecycle.status == "removed" or (ended is not None and ended <= today)

    def arn(self, region: str) -> str:
        """The foundation model's ARN, which has no account."""
        return f"arn:aws:bedrock:{region}::foundation-model/{self.model_id}"


class Catalog:
    """The fine-tunable base models of a catalogue file."""

    def __init__(self, path: Path = CATALOG) -> None:
        self._path = path

    @cached_property
    def models(self) -> Mapping[str, BaseModel]:
        """By id; reinforcement fine-tuning entries, which share ids with others, are left out.

        Raises:
            StandInError: The file is missing or not such a catalogue.
        """
        try:
            entries = msgspec.json.decode(self._path.read_bytes(), type=list[BaseModel], strict=False)
        except (OSError, msgspec.DecodeError) as exc:
            raise StandInError(f"Cannot read the catalogue of base models at {self._path}: {exc}") from exc
        return {entry.model_id: entry for entry in entries if "FINE_TUNING" in entry.customization_types}
