"""How many segments a full run gets: what is asked, what is possible, and what `auto` weighs."""

import math
from dataclasses import dataclass
from typing import Literal

from finetune_guard.core.carrying import restart_cost
from finetune_guard.core.layout import most_segments
from finetune_guard.core.verdict import FEWEST_ROWS

#: `auto` takes no more unless told otherwise.
MOST_BY_ITSELF = 3
#: Share of full runs that are taken to go wrong after a rehearsal that did not; a judgement, since nobody has
#: published one (docs/adr/0021).
FAILURE_CHANCE = 0.1
#: Share of a file's records by which the interval that is possible may miss the one that is asked before it
#: is worth a sentence.
NEAR = 0.25


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked, and what limits it.

    Attributes:
        segments: A number, "auto", or None for one job.
        interval_minutes: How often a segment is to end; None where it does not matter.
        epochs: Of the full run.
        records: Training records.
        min_records: Fewest records that the base takes.
        records_per_step: Records that one step takes; None where nobody can say.
        minutes: How long the training of the full run takes; None where no job has shown it.
        accepts: Whether the base accepts a custom model as its base; None where not known.
        can_probe: Whether a rehearsal leaves a model to find that out with.
        stops_early: Whether the service can end a job of this base by itself.
        takes_warm_up: Whether the base has a warm-up that can be set: without it a restart costs more.
    """

    segments: int | Literal["auto"] | None
    interval_minutes: float | None
    epochs: int
    records: int
    min_records: int
    records_per_step: float | None
    minutes: float | None
    accepts: bool | None
    can_probe: bool
    stops_early: bool = False
    takes_warm_up: bool = True

    @property
    def any(self) -> bool:
        """Whether segments are asked for at all."""
        return self.segments is not None or self.interval_minutes is not None


@dataclass(frozen=True, slots=True)
class Count:
    """How many segments there will be.

    Attributes:
        segments: 1 for one job.
        notes: What was asked, what is possible and what was weighed; sentences for a person.
    """

    segments: int
    notes: tuple[str, ...] = ()


def count(wanted: Wanted) -> Count:
    """The number of segments, and why."""
    if not wanted.any or wanted.segments == 1:
        return Count(1)
    obstacle = _obstacle(wanted)
    if obstacle:
        return Count(1, (f"{_asked(wanted)}: the full run is one job. {obstacle}",))
    aimed, why = _aimed(wanted)
    possible = most_segments(wanted.epochs, wanted.records, _least_records(wanted), aimed)
    notes = [why] if why else []
    if possible < aimed:
        notes.append(_too_small(wanted, aimed, possible))
    if possible > 1:
        notes.append(_cost(wanted, possible))
    return Count(possible, (*notes, *_interval(wanted, possible)))


def _asked(wanted: Wanted) -> str:
    if wanted.segments is not None:
        return f"run.segments is {wanted.segments}"
    return f"run.validation_interval_minutes is {wanted.interval_minutes:g}"


def _obstacle(wanted: Wanted) -> str:
    if wanted.accepts is False:
        return "This base does not accept a custom model as its base, as an earlier job here has shown."
    if wanted.accepts is None and not wanted.can_probe:
        return (
            "Whether this base accepts a custom model as its base is not known here, and without a rehearsal "
            "there is no model to find it out with: start a RehearseThenRun once."
        )
    if wanted.stops_early and wanted.segments == "auto":
        return (
            "The service ends a job of this base by itself when its validation loss no longer falls "
            "(earlyStoppingThreshold, earlyStoppingPatience); give a number to cut it all the same."
        )
    return ""


def _aimed(wanted: Wanted) -> tuple[int, str]:
    """The number to aim at, and the sentence that says how `auto` came to it."""
    if isinstance(wanted.segments, int):
        return wanted.segments, ""
    if wanted.interval_minutes is not None and wanted.minutes is not None:
        by_time = max(1, min(MOST_BY_ITSELF, round(wanted.minutes / wanted.interval_minutes)))
        asked = f"A segment every {wanted.interval_minutes:g} minutes is asked"
        return by_time, f"{asked}: {by_time} of about {wanted.minutes:.0f} minutes of training."
    offers = range(1, MOST_BY_ITSELF + 1)
    best = max(offers, key=lambda segments: gain(segments, wanted.takes_warm_up))
    return best, _weighed(best, wanted.takes_warm_up)


def gain(segments: int, takes_warm_up: bool = True) -> float:
    """What so many segments are worth, as a share of the run: waste avoided, less what the restarts cost.

    A failure after a good rehearsal wastes a run of one job whole, and of n segments one. The loss that the
    restarts cost, at its high end, is set equal to the same share of the run's price.
    """
    return saved(segments) - max(0.0, restart_cost(segments, takes_warm_up).high)


def saved(segments: int) -> float:
    """Share of the run that so many segments keep from being wasted, on average over all runs."""
    return FAILURE_CHANCE * (1 - 1 / segments)


def _weighed(chosen: int, takes_warm_up: bool) -> str:
    offers = "; ".join(
        f"{n}: saves {saved(n):.1%}, costs up to {restart_cost(n, takes_warm_up).high:.1%}"
        for n in range(2, MOST_BY_ITSELF + 1)
    )
    return (
        f"Segments auto: {chosen}. A late failure, taken to happen in {FAILURE_CHANCE:.0%} of runs, wastes "
        f"one segment instead of all; the restarts cost some of the validation loss ({offers})."
    )


def _least_records(wanted: Wanted) -> int:
    """What the base takes, and what gives a curve enough rows to be judged."""
    rows = math.ceil(FEWEST_ROWS * (wanted.records_per_step or 1))
    return max(wanted.min_records, rows)


def _too_small(wanted: Wanted, aimed: int, possible: int) -> str:
    least = _least_records(wanted)
    why = "the base takes no fewer" if least == wanted.min_records else f"a curve needs {FEWEST_ROWS} rows"
    many = "one job" if possible == 1 else f"{possible} segments"
    return (
        f"{aimed} segments are asked; {many} is possible: each needs at least {least} records ({why}), and "
        f"there are {wanted.records}."
    )


def _cost(wanted: Wanted, segments: int) -> str:
    cost = restart_cost(segments, wanted.takes_warm_up)
    return (
        f"{segments} segments: optimizer and warm-up start anew in each, which is expected to cost up to "
        f"{cost.high:.1%} of the validation loss ({cost.source}); each waits in the queue."
    )


def _interval(wanted: Wanted, segments: int) -> tuple[str, ...]:
    """What was asked and what is possible, where the two are not the same."""
    asked = wanted.interval_minutes
    if asked is None:
        return ()
    if wanted.minutes is None:
        return (
            f"A validation every {asked:g} minutes is asked; how long the training takes is not known, "
            "since no job of this base has finished here yet. Bedrock validates at the end of each epoch.",
        )
    possible = wanted.minutes / segments
    if abs(possible - asked) <= NEAR * asked:
        return ()
    return (
        f"A validation every {asked:g} minutes is asked; possible is one about every {possible:.0f} minutes, "
        f"at the end of each of {segments} segments, and at the end of each epoch.",
    )
