"""How many jobs the whole stack may stop for their curves within an hour: a breaker, as in a fuse box.

A stop destroys a model. One job that diverges is that job's fault; many at once are more likely a fault of
the service or of ours, such as a metric file in a new format, and then each stop is a mistake. Pure: the
watch keeps the record of the stops in the table.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from finetune_guard.core.jobs import HeldStop, JobRecord

#: Stops are counted over this long.
WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PlacedStop:
    """A place among the stops of an hour.

    Attributes:
        job: The job that has it, as `place_of` names it.
        at: When its stop was ordered, or was about to be.
    """

    job: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Breaker:
    """The stops for findings of the last hour, in the whole stack.

    Attributes:
        stops: One for each job; some may be older and no longer count.
        version: Rises with each write; writes are conditional on it. 0 before the first.
    """

    stops: tuple[PlacedStop, ...] = ()
    version: int = 0
    schema_version: int = 1


def place_of(job: JobRecord) -> str:
    """The job's name among all jobs of the stack."""
    return f"{job.key.run_id}/{job.key.short}"


def recent(breaker: Breaker, now: datetime) -> tuple[PlacedStop, ...]:
    """The stops that still count, in the order in which they were placed."""
    return tuple(stop for stop in breaker.stops if now < stop.at + WINDOW)


def with_place(breaker: Breaker, job: str, now: datetime, limit: int) -> Breaker | None:
    """The breaker with a place for a job's stop; None when the hour has none left.

    A job that has a place keeps it, however often it asks: a tick may have died before it wrote the order.
    The place then counts from the last time, which is when the order is written.

    Args:
        breaker: As read.
        job: What `place_of` says.
        now: UTC; also the time of the order.
        limit: Most stops within an hour.
    """
    counted = recent(breaker, now)
    own = next((stop for stop in counted if stop.job == job), None)
    if own is None and len(counted) >= limit:
        return None
    others = tuple(stop for stop in counted if stop is not own)
    placed = PlacedStop(job, max(own.at, now) if own else now)
    return replace(breaker, stops=(*others, placed))


def next_place(breaker: Breaker, now: datetime, limit: int) -> datetime:
    """When a stop is possible again, if no other job is faster; `now` where it is possible at once."""
    times = sorted(stop.at for stop in recent(breaker, now))
    return times[-limit] + WINDOW if len(times) >= limit else now


def held_uncounted(job: JobRecord, now: datetime) -> JobRecord:
    """The record without its new stop order, where nobody can say how many stops the last hour had."""
    if job.stop is None:
        return job
    since = job.held.since if job.held else now
    return replace(job, stop=None, held=HeldStop(job.stop.sentence, 0, since, now + WINDOW))


def held_back(job: JobRecord, breaker: Breaker, now: datetime, limit: int) -> JobRecord:
    """The record without its new stop order, which found no place; a job without an order as it is."""
    if job.stop is None:
        return job
    held = HeldStop(
        sentence=job.stop.sentence,
        stops=len(recent(breaker, now)),
        since=job.held.since if job.held else now,
        until=next_place(breaker, now, limit),
    )
    return replace(job, stop=None, held=held)
