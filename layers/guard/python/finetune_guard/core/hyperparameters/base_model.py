"""What is known of one base model: its knobs, what data it takes, its price and its end of life."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from finetune_guard.core.plans import Price

FINE_TUNING = "FINE_TUNING"

#: Epochs, or for image bases steps; every base has one of the two.
EPOCHS = "epochCount"
BATCH = "batchSize"
WARMUP = "learningRateWarmupSteps"
#: The knobs that a retry can lower, in order of preference.
RATES = ("learningRate", "learningRateMultiplier")


class RecordSchema(StrEnum):
    """What one line of a training file must be; OTHER stands for what this version does not read."""

    CONVERSATION = "bedrock-conversation-2024"
    PROMPT_COMPLETION = "prompt-completion"
    CLAUDE_MESSAGES = "claude-messages"
    IMAGE_CAPTION = "image-ref/caption"
    OTHER = "other"


#: Schemas of text that this version scans, samples and rehearses.
TEXT_SCHEMAS = frozenset(
    {RecordSchema.CONVERSATION, RecordSchema.PROMPT_COMPLETION, RecordSchema.CLAUDE_MESSAGES}
)


@dataclass(frozen=True, slots=True)
class Knob:
    """One hyperparameter of a base.

    Attributes:
        kind: "integer", "float" or "enum".
        minimum: Smallest accepted value; None where the source tells none.
        maximum: Largest accepted value; None where the source tells none.
        default: The service's default; None where there is none. A word for an enum.
        required: Whether the service refuses a request without it.
        also: A word accepted beside numbers, such as "auto"; "" where there is none.
        documented: Whether AWS's hyperparameter page lists it.
        values: Accepted words of an enum.
    """

    kind: Literal["integer", "float", "enum"]
    minimum: Decimal | None
    maximum: Decimal | None
    default: Decimal | str | None
    required: bool = False
    also: str = ""
    documented: bool = True
    values: tuple[str, ...] = ()

    @property
    def fixed(self) -> bool:
        """Whether only one value is accepted."""
        return self.minimum is not None and self.minimum == self.maximum

    @property
    def standard(self) -> str:
        """The default as text; "" where there is none."""
        return plain_number(self.default) if isinstance(self.default, Decimal) else self.default or ""

    @property
    def accepted(self) -> str:
        """The accepted values, for a person."""
        if self.kind == "enum":
            return " | ".join(self.values)
        span = f"{plain_number(self.minimum)} to {plain_number(self.maximum)}"
        limits = "any number" if self.minimum is None else f"only {self.minimum:f}" if self.fixed else span
        kind = "a whole number" if self.kind == "integer" else "a number"
        return f"{kind}, {limits}" + (f", or {self.also}" if self.also else "")


@dataclass(frozen=True, slots=True)
class DatasetLimits:
    """What a base accepts as training and validation data; None where no source tells.

    Attributes:
        schema: What a record is.
        min_records: Fewest training records.
        min_counts_validation: Whether validation records count towards min_records.
        max_records: Most training records (an adjustable quota in most families).
        max_tokens: Most tokens of one record.
        max_bytes: Largest training file.
        max_validation_bytes: Largest validation file.
        min_validation: Fewest validation records.
        max_validation: Most validation records.
        max_sum: Most training and validation records together.
        validation: Whether the base uses a validation file at all.
        multimodal: Whether a record may hold images; None where the family says it.
    """

    schema: RecordSchema
    min_records: int | None = None
    min_counts_validation: bool = False
    max_records: int | None = None
    max_tokens: int | None = None
    max_bytes: int | None = None
    max_validation_bytes: int | None = None
    min_validation: int | None = None
    max_validation: int | None = None
    max_sum: int | None = None
    validation: bool = True
    multimodal: bool | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Whether a base still lives, as far as its figure's source knows.

    Attributes:
        status: The source's words.
        end_of_life: First day on which it is gone; None where not announced or not told.
    """

    status: str
    end_of_life: date | None


class Confidence(StrEnum):
    """How sure a figure of the catalogue is."""

    DOCUMENTED = "documented"
    AWS_CODE = "aws code"
    MEASURED = "measured by a user"
    SECONDARY = "secondary"
    UNCONFIRMED = "unconfirmed"


#: The kinds of figures that have a source and a date each, in the order in which people read them.
FigureKind = Literal[
    "hyperparameters", "regions", "records", "tokens", "files", "price", "storage", "lifecycle"
]


@dataclass(frozen=True, slots=True)
class Figure:
    """Where one kind of a base's figures is from.

    Attributes:
        source: Who says so.
        as_of: Date of the source, or the day on which it was read where it has none; None where neither is
            known.
        confidence: How sure it is.
    """

    source: str
    as_of: date | None
    confidence: Confidence

    @property
    def told(self) -> str:
        """Source and date, and that it could not be confirmed where that is so; for a person."""
        unsure = "not confirmed" if self.confidence is Confidence.UNCONFIRMED else ""
        sure = self.source if unsure not in self.source else ""
        return ", ".join(part for part in (sure, unsure, str(self.as_of or "")) if part)


@dataclass(frozen=True, slots=True)
class BaseModel:
    """One base model with everything that the advice and the plan need to know of it.

    Attributes:
        model_id: The exact id for baseModelIdentifier.
        family: Chooses the threshold pack.
        customizations: What it can be trained with, such as FINE_TUNING.
        knobs: Accepted hyperparameters by name.
        limits: What data it accepts.
        price: Price of training; None where not found.
        storage_usd_per_month: Cost of keeping one custom model; None where not told.
        records_per_step: A first guess of the batch that the service really uses, where it is hidden.
        records_per_step_basis: How that was guessed.
        figures: Source, date and confidence of each kind of figure that is known.
        on_demand: Whether a custom model of it can be deployed on demand; None where nobody says.
        sources: Pages that the figures are from.
    """

    model_id: str
    family: str
    regions: tuple[str, ...]
    customizations: tuple[str, ...]
    knobs: Mapping[str, Knob]
    limits: DatasetLimits
    lifecycle: Lifecycle
    aliases: tuple[str, ...] = ()
    price: Price | None = None
    storage_usd_per_month: Decimal | None = None
    records_per_step: int | None = None
    records_per_step_basis: str = ""
    figures: Mapping[FigureKind, Figure] = field(default_factory=dict, repr=False)
    on_demand: bool | None = None
    sources: tuple[str, ...] = field(default=(), repr=False)

    @property
    def provider(self) -> str:
        """The first part of the id, such as "amazon"."""
        return self.model_id.partition(".")[0]

    @property
    def rate_key(self) -> str | None:
        """Name of the knob that a retry lowers; None where the base has none."""
        return next((key for key in RATES if key in self.knobs), None)

    def confirmed(self, kind: FigureKind) -> bool:
        """Whether somebody stands for that kind of figure."""
        figure = self.figures.get(kind)
        return figure is not None and figure.confidence is not Confidence.UNCONFIRMED

    def gone(self, today: date) -> bool:
        """Whether the catalogue believes that it cannot be used on `today`."""
        end = self.lifecycle.end_of_life
        return self.lifecycle.status == "removed" or (end is not None and end <= today)

    def tunable(self, today: date) -> bool:
        """Whether this version can take it through a run on `today`: it lives, and is trained on text."""
        text = self.limits.schema in TEXT_SCHEMAS
        return FINE_TUNING in self.customizations and text and not self.gone(today)


def plain_number(value: Decimal | None) -> str:
    """A Decimal without exponent and without trailing zeros; "" for None."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
