"""What a run will do: its stages, with exactly what each is sent, what it costs and how sure that is.

The rehearsal has the same base, batch and peak learning rate as the full run, one epoch of a sample, and the
warm-up in the same proportion of its steps (docs/bedrock.md, 8.3: an absolute warm-up made a short
rehearsal choose a rate three times too low).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from finetune_guard.core.carrying import Carried, carried
from finetune_guard.core.config import RunConfig
from finetune_guard.core.cost import HOW_TO_GIVE, cost_of, price_of, price_words
from finetune_guard.core.hyperparameters.base_model import EPOCHS, WARMUP, BaseModel
from finetune_guard.core.hyperparameters.steps import Batch, epochs_of, value_of
from finetune_guard.core.layout import Piece
from finetune_guard.core.plans import (
    AskOrders,
    LearningRate,
    Plan,
    Price,
    Segmentation,
    Stage,
    StagePlan,
    TokenRange,
)
from finetune_guard.core.shaping import Shape


@dataclass(frozen=True, slots=True)
class StageData:
    """What a stage trains on.

    Attributes:
        training_uri, validation_uri: S3 URIs; no validation where there is none.
        records: Training records.
        tokens: Tokens of one pass.
    """

    training_uri: str
    validation_uri: str | None
    records: int
    tokens: TokenRange


@dataclass(frozen=True, slots=True)
class Basis:
    """What a plan is made from.

    Attributes:
        config: What was asked.
        base: The base model.
        role_arn: The role that Bedrock assumes.
        batch: Records that a step takes.
        rehearsal: Data of the rehearsal; None in a full run without one.
        full: Data of the full run, also where only the rehearsal is made of it.
        mini: Whether the run ends with the rehearsal.
        notes: What was found while the data was cut.
        shape: Which jobs the run will have.
        pieces: Data of each segment; empty where the full run is one job.
        probe: Data of the probe; None without one.
    """

    config: RunConfig
    base: BaseModel
    role_arn: str
    batch: Batch
    rehearsal: StageData | None
    full: StageData
    mini: bool = False
    notes: tuple[str, ...] = ()
    shape: Shape = field(default_factory=Shape)
    pieces: tuple[StageData, ...] = ()
    probe: StageData | None = None

    @property
    def epochs(self) -> int:
        """Passes of the full run."""
        return epochs_of(self.base, self.config.hyperparameters)

    @property
    def price(self) -> Price | None:
        """The price that counts; None where none is known."""
        return price_of(self.base.price, self.config.price_per_1k_tokens_usd)


def sample_size(base: BaseModel, batch: Batch, steps: int) -> int:
    """Records that give about `steps` steps in one epoch, and never fewer than the base takes."""
    wanted = math.ceil(steps * (batch.records or 1))
    return max(base.limits.min_records or 1, wanted)


def make(basis: Basis) -> Plan:
    """The plan."""
    config, base = basis.config, basis.base
    full = None if basis.mini else _full(basis)
    segments = _segments(basis) if basis.pieces else None
    rehearsal = _rehearsal(basis, basis.rehearsal) if basis.rehearsal else None
    if segments and basis.shape.rehearsed:
        rehearsal = replace(segments.parts[0], stage=Stage.REHEARSAL, segment=0)
    orders = basis.config.rehearsal
    return Plan(
        base_model_id=base.model_id,
        family=base.family,
        role_arn=basis.role_arn,
        output_uri=config.output_data_path,
        rehearsal=rehearsal,
        full=full,
        learning_rate=learning_rate(base, config.hyperparameters),
        auto_stop=config.monitoring.auto_stop,
        on_inconclusive=config.rehearsal.on_inconclusive,
        on_abort=config.run.on_abort,
        max_hours=config.run.max_hours,
        thresholds=dict(config.monitoring.thresholds),
        budget_usd=config.budget_usd,
        price=basis.price,
        storage_usd_per_month=base.storage_usd_per_month,
        tags=dict(config.tags),
        notes=(*basis.notes, *basis.shape.notes, *_notes(basis)),
        sweep=basis.shape.sweep,
        segments=segments,
        ask=AskOrders(orders.ask_hours, orders.on_no_answer),
    )


def learning_rate(base: BaseModel, values: dict[str, str]) -> LearningRate | None:
    """The knob that a retry lowers, at the value in effect; None where the base has none."""
    key = base.rate_key
    value = value_of(base, values, key) if key else None
    if key is None or value is None:
        return None
    return LearningRate(key, value, base.knobs[key].minimum or Decimal(0), base.knobs[key].maximum)


def explicit(base: BaseModel, given: Mapping[str, str]) -> dict[str, str]:
    """What was given, the defaults of rate and epochs spelt out: a default may change, a plan may not."""
    values = dict(given)
    rate = learning_rate(base, values)
    if rate and rate.key not in values:
        values[rate.key] = f"{rate.value:f}"
    if EPOCHS in base.knobs and EPOCHS not in values:
        values[EPOCHS] = str(epochs_of(base, values))
    return values


def _explicit(basis: Basis) -> dict[str, str]:
    return explicit(basis.base, basis.config.hyperparameters)


def _full(basis: Basis) -> StagePlan:
    return _stage(basis, Stage.FULL, basis.full, _explicit(basis), basis.epochs)


def _rehearsal(basis: Basis, data: StageData) -> StagePlan:
    return _stage(basis, Stage.REHEARSAL, data, _of_one_epoch(basis, data), epochs=1)


def _of_one_epoch(basis: Basis, data: StageData) -> dict[str, str]:
    """The full run's values for one pass over some of its data, the warm-up in proportion."""
    values = _explicit(basis)
    if EPOCHS in values:
        values[EPOCHS] = "1"
    warmup = value_of(basis.base, values, WARMUP)
    if warmup is not None:
        values[WARMUP] = str(_in_proportion(warmup, data.records, basis.full.records * basis.epochs))
    return values


def _segments(basis: Basis) -> Segmentation:
    shares = [piece.passes / basis.epochs for piece in basis.shape.pieces]
    parts = tuple(
        _segment(basis, piece, data, carry)
        for piece, data, carry in zip(basis.shape.pieces, basis.pieces, carried(shares), strict=True)
    )
    return Segmentation(parts, basis.shape.rehearsed, _probe(basis, basis.probe) if basis.probe else None)


def _probe(basis: Basis, data: StageData) -> StagePlan:
    return _stage(basis, Stage.PROBE, data, _of_one_epoch(basis, data), epochs=1)


def _segment(basis: Basis, piece: Piece, data: StageData, carry: Carried) -> StagePlan:
    """One segment; all but the last good one are thrown away, so each begins as a throw-away."""
    values = _explicit(basis)
    if EPOCHS in values:
        values[EPOCHS] = str(piece.epochs)
    warmup = value_of(basis.base, values, WARMUP)
    if warmup is not None:
        steps = basis.batch.steps(data.records, piece.epochs)
        values[WARMUP] = str(_legal(basis.base, carry.warm_up(int(warmup), steps)))
    made = _stage(basis, Stage.FULL, data, values, piece.epochs)
    return replace(made, segment=piece.segment, rate_share=carry.peak, throw_away=True)


def _legal(base: BaseModel, warmup: int) -> int:
    """The warm-up, or the longest that the base takes."""
    most = base.knobs[WARMUP].maximum
    return warmup if most is None else min(warmup, int(most))


def _in_proportion(warmup: Decimal, seen: int, all_seen: int) -> int:
    """The warm-up of the rehearsal; at least one step where the full run has any."""
    share = Decimal(seen) / Decimal(max(1, all_seen))
    return max(1, round(warmup * share)) if warmup > 0 else 0


def _stage(basis: Basis, stage: Stage, data: StageData, values: dict[str, str], epochs: int) -> StagePlan:
    cost = cost_of(data.tokens, epochs, basis.price)
    return StagePlan(
        stage=stage,
        hyperparameters=values,
        training_uri=data.training_uri,
        validation_uri=data.validation_uri,
        records=data.records,
        epochs=epochs,
        tokens=data.tokens,
        planned_steps=basis.batch.steps(data.records, epochs),
        steps_basis=basis.batch.basis,
        estimated_usd=cost.middle if cost else None,
        throw_away=stage is not Stage.FULL,
    )


def _notes(basis: Basis) -> Iterator[str]:
    yield from _defaults(basis)
    if basis.price is None:
        yield f"No price is known for {basis.base.model_id}: costs are not estimated. {HOW_TO_GIVE}"
    elif basis.price == basis.base.price and not basis.base.confirmed("price"):
        yield f"The price of {basis.base.model_id} is unsure ({price_words(basis.price)})."


def _defaults(basis: Basis) -> Iterator[str]:
    rate = learning_rate(basis.base, basis.config.hyperparameters)
    if rate and rate.key not in basis.config.hyperparameters:
        yield f"{rate.key} was not given; the family's default {rate.value:f} is sent."
    if EPOCHS in basis.base.knobs and EPOCHS not in basis.config.hyperparameters:
        yield f"{EPOCHS} was not given; the family's default {basis.epochs} is sent."
