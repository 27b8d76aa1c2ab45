"""The plan of a run: what its jobs train on, with what, at what price."""

import math
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from finetune_guard.core.decisions import AutoStop, OnAbort, OnInconclusive, Reply


class Stage(StrEnum):
    """A stage of a run, in the order of their jobs."""

    REHEARSAL = "rehearsal"
    PROBE = "probe"
    FULL = "full"


#: Jobs of a sweep that run at the same time, where nothing else is said: the service's own limit.
AT_ONCE = 2

#: What a person calls a stage.
STAGE_WORDS = {Stage.REHEARSAL: "rehearsal", Stage.PROBE: "probe", Stage.FULL: "full run"}


def part_name(stage: Stage, segment: int = 0) -> str:
    """A stage, or a segment of the full run, in one word: what keys, tables and names have."""
    return f"segment-{segment}" if segment else stage.value


def part_words(stage: Stage, segment: int = 0) -> str:
    """A stage, or a segment of the full run, for a person."""
    return f"segment {segment}" if segment else STAGE_WORDS[stage]


def part_named(stage: Stage, segment: int = 0) -> str:
    """As part_words, as it stands in a sentence: "the rehearsal", but "segment 2"."""
    return part_words(stage, segment) if segment else f"the {STAGE_WORDS[stage]}"


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
        maximum: Largest value the family accepts; None where none is known.
    """

    key: str
    value: Decimal
    minimum: Decimal
    maximum: Decimal | None = None

    def at(self, value: Decimal) -> "LearningRate":
        """The same knob at another value."""
        return replace(self, value=value)

    def nearest(self, value: Decimal) -> Decimal:
        """The nearest value that the family accepts, in three significant digits."""
        rounded = Decimal(f"{value:.3g}")
        return max(self.minimum, rounded if self.maximum is None else min(self.maximum, rounded))


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
        segment: Which segment of the full run it is, from 1; 0 where it is none.
        rate_share: Share of the run's peak rate that this stage is sent (core/carrying.py).
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
    segment: int = 0
    rate_share: Decimal = Decimal(1)

    @property
    def words(self) -> str:
        """What a person calls it."""
        return part_words(self.stage, self.segment)

    @property
    def named(self) -> str:
        """What a person calls it in a sentence."""
        return part_named(self.stage, self.segment)


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How the full run is cut into jobs, each of which starts from the model of the one before.

    Attributes:
        parts: The segments in their order; two at least.
        rehearsed: Whether the rehearsal is the first of them, since it would train nearly as much.
        probe: The job that finds out, before the first segment is paid, whether the base accepts a custom
            model as its base; None where that is known, or a segment will show it.
    """

    parts: tuple[StagePlan, ...]
    rehearsed: bool = False
    probe: StagePlan | None = None

    @property
    def planned_steps(self) -> int | None:
        """Steps of all segments; None where nobody can say."""
        steps = [part.planned_steps for part in self.parts]
        known = [count for count in steps if count is not None]
        return sum(known) if len(known) == len(steps) else None


@dataclass(frozen=True, slots=True)
class AskOrders:
    """How a person is asked.

    Attributes:
        hours: How long the run waits for an answer; at most a day.
        default: What is done when nobody answers.
    """

    hours: float = 24.0
    default: Reply = Reply.REFUSE


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
        sweep: Rates that the rehearsal tries, in the order in which they are tried; empty without a sweep.
        at_once: Jobs of a sweep that may run at the same time.
        segments: How the full run is cut; None where it is one job.
        ask: How a person is asked, where on_inconclusive is ask.
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
    sweep: tuple[Decimal, ...] = ()
    at_once: int = AT_ONCE
    segments: Segmentation | None = None
    ask: AskOrders = AskOrders()

    @property
    def jobs(self) -> tuple[StagePlan, ...]:
        """Every job that a run without trouble will have: candidates of a sweep, probe, segments."""
        rehearsals = (self.rehearsal,) * max(1, len(self.sweep)) if self.rehearsal else ()
        if self.segments is None or self.full is None:
            return (*rehearsals, *((self.full,) if self.full else ()))
        probe = (self.segments.probe,) if self.segments.probe else ()
        parts = self.segments.parts[1:] if self.segments.rehearsed else self.segments.parts
        return (*rehearsals, *probe, *parts)

    @property
    def estimated_usd(self) -> Decimal | None:
        """Cost of every planned job; None where no price is known."""
        costs = [job.estimated_usd for job in self.jobs]
        known = [usd for usd in costs if usd is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(costs) else None
