"""What each job of a run will train, and for how much, before anything is planned or cut.

The jobs are those of the plan: both ask core/shaping.py. The split, the sample and the shards are those that
the plan will make, at the mean length of the file's records: the split goes by hash and the sample is
stratified by length, so both are as long as the rest; shards follow the file and may differ more.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from finetune_guard.core.carrying import carried
from finetune_guard.core.config import RehearsalOrders, RunOrders
from finetune_guard.core.cost import CostRange, cost_of
from finetune_guard.core.datasets.splitting import SHARE
from finetune_guard.core.decisions import Mode
from finetune_guard.core.estimates import BASE, Estimate, JobEstimate, StageEstimate
from finetune_guard.core.hyperparameters.rule import Setting
from finetune_guard.core.layout import Piece
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.planning import explicit, learning_rate, sample_size
from finetune_guard.core.plans import LearningRate, Price, Stage, TokenRange, part_name
from finetune_guard.core.shaping import Question, Shape, shape


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be estimated.

    Attributes:
        setting: Base, hyperparameters, records and batch.
        tokens: Tokens of one pass over the whole training file; None where none of its records could be read.
        mode: Which machine will carry the run.
        price: The price that counts; None where none is known.
        rehearsal: What is asked of the rehearsal.
        run: What is asked of the full run.
        seen: What the account has learnt of the base.
    """

    setting: Setting
    tokens: TokenRange | None
    mode: Mode
    price: Price | None
    rehearsal: RehearsalOrders = field(default_factory=RehearsalOrders)
    run: RunOrders = field(default_factory=RunOrders)
    seen: BaseModelFacts | None = None


@dataclass(frozen=True, slots=True)
class _Foretelling:
    """What the jobs are made from."""

    demand: Demand
    train: int | None
    sample: int | None
    rate: LearningRate | None
    shape: Shape


def estimate(demand: Demand) -> Estimate:
    """The jobs of a run with their costs."""
    told = _foretelling(demand)
    return Estimate(
        stages=tuple(_stages(told)),
        price=demand.price,
        jobs=tuple(_jobs(told)),
        notes=told.shape.notes,
        rate_key=told.rate.key if told.rate else None,
    )


def _foretelling(demand: Demand) -> _Foretelling:
    train, sample = _training_records(demand.setting), None
    if demand.mode is not Mode.FULL_RUN:
        wanted = sample_size(demand.setting.base, demand.setting.batch, demand.rehearsal.steps)
        sample = wanted if train is None else min(wanted, train)
    values = explicit(demand.setting.base, demand.setting.values)
    rate = learning_rate(demand.setting.base, values)
    question = Question(
        mode=demand.mode,
        base=demand.setting.base,
        values=values,
        rate=rate,
        batch=demand.setting.batch,
        records=train or 0,
        sample=sample,
        rehearsal=demand.rehearsal,
        run=demand.run,
        seen=demand.seen,
    )
    return _Foretelling(demand, train, sample, rate, _uncut(question) if train is None else shape(question))


def _uncut(question: Question) -> Shape:
    """The shape where the data was not read: how the full run is cut depends on it."""
    rehearsed = shape(replace(question, mode=Mode.MINI_RUN))
    asked = question.run.segments not in (None, 1) or question.run.validation_interval_minutes is not None
    if question.mode is Mode.MINI_RUN or not asked:
        return rehearsed
    note = "Into which segments the full run is cut depends on the data, which was not read."
    return replace(rehearsed, notes=(*rehearsed.notes, note))


def _training_records(setting: Setting) -> int | None:
    """What is left to train on when validation records are set apart (datasets/splitting.py)."""
    if setting.records is None or not setting.will_split:
        return setting.records
    most = setting.base.limits.max_validation or setting.records
    return setting.records - min(int(setting.records * SHARE), most)


def _stages(told: _Foretelling) -> Iterator[StageEstimate]:
    trained = [_rehearsed(told)] if told.sample is not None else []
    if told.demand.mode is not Mode.MINI_RUN:
        trained.append((Stage.FULL, told.train, told.demand.setting.epochs))
    for stage, records, epochs in trained:
        tokens, cost = _tokens_and_cost(told, records, epochs)
        yield StageEstimate(stage, records, epochs, _steps(told, records, epochs), tokens, cost)


def _rehearsed(told: _Foretelling) -> tuple[Stage, int | None, int]:
    pieces = told.shape.pieces
    records = _records_of(told, pieces[0]) if told.shape.rehearsed else told.sample
    return Stage.REHEARSAL, records, 1


def _jobs(told: _Foretelling) -> Iterator[JobEstimate]:
    if told.sample is not None:
        yield from _rehearsals(told)
    if told.demand.mode is Mode.MINI_RUN:
        return
    if not told.shape.pieces:
        yield _job(told, Stage.FULL, told.train, told.demand.setting.epochs)
        return
    if told.shape.probe is not None:
        yield _job(told, Stage.PROBE, told.shape.probe, 1, starts_from=Stage.REHEARSAL)
    yield from _segments(told)


def _rehearsals(told: _Foretelling) -> Iterator[JobEstimate]:
    """One, or one for each rate of a sweep."""
    stage, records, epochs = _rehearsed(told)
    for number, value in enumerate(told.shape.sweep):
        yield replace(_job(told, stage, records, epochs), candidate=number, rate=value)
    if not told.shape.sweep:
        yield _job(told, stage, records, epochs)


def _segments(told: _Foretelling) -> Iterator[JobEstimate]:
    pieces, before = told.shape.pieces, BASE
    shares = [piece.passes / told.demand.setting.epochs for piece in pieces]
    for piece, carry in zip(pieces, carried(shares), strict=True):
        if told.shape.rehearsed and piece.segment == 1:
            before = Stage.REHEARSAL.value
            continue
        records = _records_of(told, piece)
        made = _job(told, Stage.FULL, records, piece.epochs, piece.segment, carry.peak, before)
        before = made.part
        yield made


def _records_of(told: _Foretelling, piece: Piece) -> int:
    start, end = piece.bounds(told.train or 0)
    return end - start


def _job(
    told: _Foretelling,
    stage: Stage,
    records: int | None,
    epochs: int,
    segment: int = 0,
    share: Decimal = Decimal(1),
    starts_from: str = BASE,
) -> JobEstimate:
    tokens, cost = _tokens_and_cost(told, records, epochs)
    return JobEstimate(
        stage=stage,
        segment=segment,
        candidate=0,
        part=part_name(stage, segment),
        starts_from=str(starts_from),
        records=records,
        epochs=epochs,
        steps=_steps(told, records, epochs),
        rate=None if told.shape.sweep else _sent(told.rate, share),
        rate_share=share,
        tokens=tokens,
        cost_usd=cost,
    )


def _sent(rate: LearningRate | None, share: Decimal) -> Decimal | None:
    """The rate as a job gets it (core/intents.py)."""
    if rate is None:
        return None
    return rate.value if share == 1 else rate.nearest(rate.value * share)


def _steps(told: _Foretelling, records: int | None, epochs: int) -> int | None:
    return told.demand.setting.batch.steps(records, epochs) if records else None


def _tokens_and_cost(
    told: _Foretelling, records: int | None, epochs: int
) -> tuple[TokenRange | None, CostRange | None]:
    """Of all passes over so many of the file's records."""
    demand = told.demand
    if demand.tokens is None or records is None or not demand.setting.records:
        return None, None
    share = records / demand.setting.records
    once = TokenRange(round(demand.tokens.low * share), round(demand.tokens.high * share))
    return TokenRange(once.low * epochs, once.high * epochs), cost_of(once, epochs, demand.price)
