"""Liveness: every open job is judged, or a metric behind an alarm shows that it is not (I1)."""

from collections.abc import Iterator
from datetime import datetime

from finetune_guard.core.jobs import JobStatus
from finetune_guard.core.names import JobKey
from tests.simulation.effects import Effect
from tests.simulation.lagging import LONGEST_LAG
from tests.simulation.night import Looked, Night, Written
from tests.simulation.processes import Process


def no_open_job_is_left_out_of_two_ticks(night: Night, effect: Effect) -> Iterator[str]:
    """Of two ticks in a row that nothing disturbed; one that failed at the job says so (TickErrors)."""
    looked = effect.answer
    if not isinstance(looked, Looked) or not night.looks:
        return
    earlier = night.looks[-1]
    if looked.process.faults or earlier.process.faults:
        return
    for key, written in night.jobs.items():
        if written.job.closed or written.judged > earlier.before or _named(key, earlier, looked):
            continue
        if _in_the_index(written, earlier) and written.job.status is not JobStatus.INTENDED:
            ticks = f"{earlier.process.name} and {looked.process.name}"
            yield f"{key.run_id} {key.short} was judged by neither of {ticks}."


def what_is_overdue_shows_in_the_metric(night: Night, effect: Effect) -> Iterator[str]:
    """OldestJudgementSeconds is at least the age of the last judgement of each job in the index."""
    looked = effect.answer
    if not isinstance(looked, Looked):
        return
    for key, written in night.jobs.items():
        ticked = written.job.ticked_at
        if written.job.closed or ticked is None or written.judged > looked.before:
            continue
        age = (_now_of(night, looked.process) - ticked).total_seconds()
        shown = looked.ticked.overdue_seconds + (effect.at - looked.began).total_seconds()
        if _in_the_index(written, looked) and shown < age - 1:
            yield f"{key.run_id} {key.short} was last judged {age:.0f} s ago; the tick shows {shown:.0f} s."


def _named(key: JobKey, *looks: Looked) -> bool:
    """Whether a tick failed at the job, or lost a race at some job."""
    name = f"{key.run_id} {key.short}:"
    return any(
        looked.ticked.discarded or any(error.startswith(name) for error in looked.ticked.errors)
        for looked in looks
    )


def _in_the_index(written: Written, looked: Looked) -> bool:
    """Whether a tick must have found the job as it is: it was last written long enough before."""
    return written.at + LONGEST_LAG < looked.began


def _now_of(night: Night, process: Process) -> datetime:
    return night.clock.now() + night.offs[process.role]


PROMISES = {"tick": (no_open_job_is_left_out_of_two_ticks, what_is_overdue_shows_in_the_metric)}
