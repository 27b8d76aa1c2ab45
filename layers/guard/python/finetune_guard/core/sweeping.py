"""A sweep of rates: which are tried, which is chosen, and whether one more is worth trying.

Chosen on the loss of the same validation file; where a base reports none, on the training tail, labelled. A
tie goes to the higher rate: short rehearsals choose too low, never too high (docs/bedrock.md, 8.3).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.plans import LearningRate
from finetune_guard.core.verdict import VerdictKind

#: Rates of a sweep stand a factor of about three apart (docs/bedrock.md, 8.3).
STEP = Decimal(3)
#: Losses closer than so many nats, or so great a share, are a tie.
TIE_NATS, TIE_SHARE = 0.02, 0.01


@dataclass(frozen=True, slots=True)
class Tried:
    """A rate that was tried.

    Attributes:
        job: Its job.
        rate: The rate.
        level: The loss it is compared by; None where it cannot be chosen.
        by_validation: Whether that is the validation loss, and not the training tail.
        why: Why it cannot be chosen, a phrase; "" where it can.
    """

    job: JobRecord
    rate: Decimal
    level: float | None
    by_validation: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rate that the full run takes.

    Attributes:
        tried: The candidate.
        tie: Whether it was chosen over a lower rate with a lower loss, since the two are a tie.
        reason: One sentence with the losses of all.
    """

    tried: Tried
    tie: bool
    reason: str


def rates(centre: LearningRate) -> tuple[Decimal, ...]:
    """The usual three in the order of their trial: the rate itself, three times it, a third of it."""
    wanted = (centre.value, centre.value * STEP, centre.value / STEP)
    return tuple(dict.fromkeys(centre.nearest(value) for value in wanted))


def tried(jobs: Sequence[JobRecord], rate_key: str, default: Decimal) -> tuple[Tried, ...]:
    """What each job of a sweep showed.

    Where one of those that can be chosen has no validation loss, all are compared by their training tails:
    losses of two kinds cannot be compared.
    """
    with_validation = all(_finite(job.seen.last_validation) for job in jobs if not _unusable(job))
    return tuple(
        _tried(job, Decimal(job.request.hyperparameters.get(rate_key, str(default))), with_validation)
        for job in jobs
    )


def _tried(job: JobRecord, rate: Decimal, by_validation: bool) -> Tried:
    why, level = _unusable(job), _level(job, by_validation)
    if not why and not _finite(level):
        why = "no loss that all could be compared by"
    return Tried(job, rate, None if why else level, by_validation, why)


def _unusable(job: JobRecord) -> str:
    if job.stopped_for_its_curve:
        return "too hot"
    if job.status is not JobStatus.COMPLETED:
        return f"the job ended as {job.status}"
    if job.too_hot or job.verdict is VerdictKind.DIVERGED:
        return "too hot"
    if _finite(job.seen.last_validation) or _finite(job.seen.training_level):
        return ""
    return "no loss was seen"


def _level(job: JobRecord, by_validation: bool) -> float | None:
    return job.seen.last_validation if by_validation else job.seen.training_level


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def choose(candidates: Iterable[Tried]) -> Chosen | None:
    """The best rate, of equals the highest; None where none can be chosen."""
    usable = [(one, one.level) for one in candidates if one.level is not None]
    if not usable:
        return None
    best, lowest = min(usable, key=lambda pair: (pair[1], -pair[0].rate))
    equal = [one for one, level in usable if is_tie(lowest, level)]
    highest = max(equal, key=lambda one: one.rate)
    return Chosen(highest, highest is not best, _reason(highest, highest is not best))


def is_tie(one: float, other: float) -> bool:
    """Whether two losses are too close to say which is lower."""
    return abs(one - other) <= max(TIE_NATS, TIE_SHARE * min(abs(one), abs(other)))


def _reason(chosen: Tried, tie: bool) -> str:
    measure = (
        "validation loss" if chosen.by_validation else "training loss at its end (no validation is reported)"
    )
    if tie:
        return f"{chosen.rate:f} is as good as any by {measure}, and the highest of the equals."
    return f"{chosen.rate:f} has the lowest {measure}, {chosen.level:.4g}."


def refinement(candidates: Sequence[Tried], chosen: Chosen, limits: LearningRate) -> Decimal | None:
    """One rate more, beyond the edge; None unless the edge is clearly better than its neighbour.

    A rate beside one that was too hot is no edge: what lies beyond it is known.
    """
    ordered = sorted(candidates, key=lambda one: one.rate)
    place = ordered.index(chosen.tried)
    if len(ordered) < 2 or 0 < place < len(ordered) - 1:
        return None
    neighbour, factor = (ordered[1], 1 / STEP) if place == 0 else (ordered[-2], STEP)
    if neighbour.level is None or chosen.tried.level is None or is_tie(neighbour.level, chosen.tried.level):
        return None
    beyond = limits.nearest(chosen.tried.rate * factor)
    return None if beyond in [one.rate for one in ordered] else beyond


def table(candidates: Iterable[Tried]) -> str:
    """Every rate with its loss, or why it is out, in one line for a person."""
    ordered = sorted(candidates, key=lambda one: one.rate)
    return "; ".join(f"{one.rate:f}: {one.why or f'{one.level:.4g}'}" for one in ordered)
