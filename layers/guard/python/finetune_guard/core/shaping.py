"""The shape of a run: which jobs it will have, before any data is cut and any price is known.

Pre-flight's estimate and the plan both ask here, so what is foretold is what is planned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from finetune_guard.core.config import RehearsalOrders, RunOrders
from finetune_guard.core.decisions import Mode
from finetune_guard.core.hyperparameters.base_model import WARMUP, BaseModel
from finetune_guard.core.hyperparameters.rate_grid import rate_grid
from finetune_guard.core.hyperparameters.steps import Batch, epochs_of
from finetune_guard.core.layout import Piece, layout
from finetune_guard.core.observations import BaseModelFacts
from finetune_guard.core.plans import LearningRate
from finetune_guard.core.segment_count import Wanted, count

#: A rehearsal that costs more than this share of the full run's tokens is made the first segment, or where
#: there are no segments is worth a warning (docs/architecture.md).
DEAR = 0.3
#: Knobs with which the service ends a job by itself.
EARLY_STOPPING = ("earlyStoppingThreshold", "earlyStoppingPatience")


@dataclass(frozen=True, slots=True)
class Question:
    """What a shape is made from.

    Attributes:
        mode: Which machine carries the run.
        base: The base model.
        values: The hyperparameters, defaults of rate and epochs spelt out.
        rate: The rate in effect; None where the base has none.
        batch: Records that a step takes.
        records: Training records.
        sample: Records of the rehearsal; None without one.
        rehearsal: What is asked of the rehearsal.
        run: What is asked of the full run.
        seen: What the account has learnt of the base.
    """

    mode: Mode
    base: BaseModel
    values: Mapping[str, str]
    rate: LearningRate | None
    batch: Batch
    records: int
    sample: int | None
    rehearsal: RehearsalOrders
    run: RunOrders
    seen: BaseModelFacts | None

    @property
    def epochs(self) -> int:
        """Passes of the full run."""
        return epochs_of(self.base, self.values)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which jobs a run will have.

    Attributes:
        sweep: Rates that the rehearsal tries, in order; empty without a sweep.
        pieces: The segments; empty where the full run is one job.
        rehearsed: Whether the rehearsal is the first segment.
        probe: Records of the probe; None without one.
        notes: What was asked and is not possible; sentences for a person.
    """

    sweep: tuple[Decimal, ...] = ()
    pieces: tuple[Piece, ...] = ()
    rehearsed: bool = False
    probe: int | None = None
    notes: tuple[str, ...] = ()


def shape(asked: Question) -> Shape:
    """The jobs of a run."""
    sweep, told = _sweep(asked)
    if asked.mode is Mode.MINI_RUN:
        return Shape(sweep, notes=told)
    counted = count(_wanted(asked))
    pieces = layout(asked.epochs, counted.segments) if counted.segments > 1 else ()
    rehearsed = _is_rehearsal(asked, pieces)
    known = asked.seen is not None and asked.seen.accepts_custom_model is not None
    probe = asked.base.limits.min_records or 1 if pieces and not rehearsed and not known else None
    rehearsing = (*_of_rehearsal(asked, pieces, rehearsed), *_dear_sweep(asked, sweep, pieces, rehearsed))
    notes = (*told, *counted.notes, *rehearsing, *_of_early_stopping(asked))
    return Shape(sweep, pieces, rehearsed, probe, notes)


def _wanted(asked: Question) -> Wanted:
    seen = asked.seen
    return Wanted(
        segments=asked.run.segments,
        interval_minutes=asked.run.validation_interval_minutes,
        epochs=asked.epochs,
        records=asked.records,
        min_records=asked.base.limits.min_records or 1,
        records_per_step=asked.batch.records,
        minutes=training_minutes(asked.batch.steps(asked.records, asked.epochs), seen),
        accepts=seen.accepts_custom_model if seen else None,
        can_probe=asked.sample is not None,
        stops_early=_stops_early(asked.base),
        takes_warm_up=WARMUP in asked.base.knobs,
    )


def _stops_early(base: BaseModel) -> bool:
    return any(knob in base.knobs for knob in EARLY_STOPPING)


def _of_early_stopping(asked: Question) -> tuple[str, ...]:
    if not _stops_early(asked.base):
        return ()
    return (
        "The service itself ends a job of this base when its validation loss no longer falls "
        f"({', '.join(EARLY_STOPPING)}); Finetune Guard warns of overfitting and stops no job for it.",
    )


def training_minutes(steps: int | None, seen: BaseModelFacts | None) -> float | None:
    """Minutes that so many steps train, at the median pace of the finished jobs; None where none is known."""
    if not steps or seen is None or not seen.paces:
        return None
    return steps * median(pace.seconds for pace in seen.paces) / 60


def _is_rehearsal(asked: Question, pieces: tuple[Piece, ...]) -> bool:
    """Whether the first segment takes the rehearsal's place: one pass, and the rehearsal nearly as dear."""
    if not pieces or asked.sample is None or pieces[0].epochs > 1:
        return False
    return share_of_rehearsal(asked) > DEAR


def share_of_rehearsal(asked: Question) -> float:
    """What the rehearsal trains, as a share of what the full run trains."""
    return (asked.sample or 0) / max(1, asked.records * asked.epochs)


def _of_rehearsal(asked: Question, pieces: tuple[Piece, ...], rehearsed: bool) -> tuple[str, ...]:
    share = share_of_rehearsal(asked)
    if asked.sample is None or share <= DEAR:
        return ()
    if rehearsed:
        return (f"A rehearsal would train {share:.0%} of the full run's tokens: the first segment is it.",)
    unasked = asked.run.segments is None and asked.run.validation_interval_minutes is None
    advice = ', "run": {"segments": 2} makes the first segment the rehearsal' if unasked else ""
    return (
        f"The rehearsal trains {share:.0%} of the full run's tokens; lower rehearsal.steps{advice}, or start "
        "the full run alone.",
    )


def _dear_sweep(
    asked: Question, sweep: tuple[Decimal, ...], pieces: tuple[Piece, ...], rehearsed: bool
) -> tuple[str, ...]:
    each = pieces[0].passes / asked.epochs if rehearsed else share_of_rehearsal(asked)
    share = each * len(sweep)
    if share <= DEAR:
        return ()
    return (f"The {len(sweep)} rehearsals train {share:.0%} of the full run's tokens together.",)


def _sweep(asked: Question) -> tuple[tuple[Decimal, ...], tuple[str, ...]]:
    """The rates in the order of their trial: the one in effect first, then from the highest down."""
    wanted, rate = asked.rehearsal.sweep, asked.rate
    if not wanted or asked.sample is None:
        return (), ()
    if rate is None:
        return (), ("A sweep is asked, but this base has no rate that could be set: one rehearsal is made.",)
    if isinstance(wanted, tuple):
        given = tuple(sorted(wanted, key=lambda value: (value != rate.value, -value)))
        return given, (_sweep_note(rate.key, given),)
    grid = rate_grid(asked.base, {**asked.values, rate.key: f"{rate.value:f}"})
    others = [Decimal(text) for text in grid.values] if grid else []
    tried = tuple(sorted({rate.value, *others}, key=lambda value: (value != rate.value, -value)))
    if len(tried) < 2:
        return (), (f"A sweep is asked, but {rate.key} {rate.value:f} is the only rate to try.",)
    return tried, (_sweep_note(rate.key, tried),)


def _sweep_note(key: str, tried: tuple[Decimal, ...]) -> str:
    rates = ", ".join(f"{value:f}" for value in sorted(tried))
    return f"The rehearsal compares {len(tried)} rates ({key} {rates}); the full run takes the best."
