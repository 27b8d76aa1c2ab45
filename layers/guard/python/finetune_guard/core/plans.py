"""The plan of a run: what its jobs train on, with what, at what price."""

import math
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive


class Stage(StrEnum):
    """A stage of a run."""

    REHEARSAL = "rehearsal"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Price:
    """A price with where it is from.

    Attributes:
        usd_per_1k_tokens: US dollars per 1,000 trained tokens.
        source: Who says so.
        as_of: Date of the source, where known.
    """

    usd_per_1k_tokens: Decimal
    source: str
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class TokenRange:
    """Tokens of a file, estimated from its characters.

    Attributes:
        low: At 6 characters a token (AWS's planning number).
        high: At 3 characters a token (code, languages that are not English).
    """

    low: int
    high: int

    @property
    def middle(self) -> int:
        """The geometric middle, about 4.2 characters a token."""
        return round(math.sqrt(self.low * self.high))


@dataclass(frozen=True, slots=True)
class LearningRate:
    """The knob that a retry lowers.

    Attributes:
        key: Name of the hyperparameter, "learningRate" or "learningRateMultiplier".
        value: Its value in this run, given or the family's default.
        minimum: Smallest value the family accepts.
    """

    key: str
    value: Decimal
    minimum: Decimal


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What one stage trains on.

    Attributes:
        stage: Which stage.
        hyperparameters: Exactly what is sent to Bedrock, all strings.
        training_uri: S3 URI of the training file.
        validation_uri: S3 URI of the validation file; None where the base has none.
        records: Training records.
        epochs: Passes over them.
        tokens: Tokens of one pass.
        planned_steps: Optimizer steps expected in all; None where nobody can say.
        steps_basis: How planned_steps was found, for a person.
        estimated_usd: Cost at the middle of the token range; None where no price is known.
        throw_away: Whether the model is deleted when it is no longer needed.
    """

    stage: Stage
    hyperparameters: dict[str, str]
    training_uri: str
    validation_uri: str | None
    records: int
    epochs: int
    tokens: TokenRange
    planned_steps: int | None
    steps_basis: str
    estimated_usd: Decimal | None
    throw_away: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, decided before a cent is spent.

    Attributes:
        base_model_id: Identifier sent as baseModelIdentifier.
        family: Base-model family; chooses the threshold pack.
        role_arn: Role that Bedrock assumes.
        output_uri: S3 URI under which Bedrock writes.
        rehearsal: The rehearsal; None in a full run without one.
        full: The full run; None in a mini-run.
        learning_rate: The knob that a retry lowers; None where the family has none.
        auto_stop: What the watch may do.
        on_inconclusive: What a rehearsal without a clear answer leads to; None means the default: a short
            curve proceeds with a warning, no curve refuses.
        on_abort: What happens to a job whose execution was aborted.
        max_hours: Hours after which the watch stops a job, whatever auto_stop says; fractions allowed.
        thresholds: Overrides of the threshold pack, "rule.threshold" to value.
        budget_usd: The user's limit; None where there is none.
        price: Price of the base; None where unknown.
        storage_usd_per_month: Cost of keeping one custom model.
        tags: The user's own tags.
        notes: What was asked and is not possible, warnings; sentences for a person.
    """

    base_model_id: str
    family: str
    role_arn: str
    output_uri: str
    rehearsal: StagePlan | None
    full: StagePlan | None
    learning_rate: LearningRate | None
    auto_stop: AutoStop
    on_inconclusive: OnInconclusive | None
    on_abort: OnAbort
    max_hours: float
    thresholds: dict[str, float] = field(default_factory=dict)
    budget_usd: Decimal | None = None
    price: Price | None = None
    storage_usd_per_month: Decimal | None = None
    tags: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def estimated_usd(self) -> Decimal | None:
        """Cost of every planned stage once; None where no price is known."""
        stages = [s.estimated_usd for s in (self.rehearsal, self.full) if s]
        known = [usd for usd in stages if usd is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(stages) else None
