"""Step time without a step time: how fast a live curve grows, and how long a finished job's steps took.

Imports no numpy: the watch's quiet tick loads this module. Bedrock exposes no step time (docs/bedrock.md,
2.2), so both are estimates: one from the moments at which rows were seen, one from the service's own phase
times.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from statistics import median

from finetune_guard.core.curve_seen import CurveSeen, PaceMark
from finetune_guard.core.findings import Answer, Finding, NotEnoughData, Quiet, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus, PhaseStatus
from finetune_guard.core.limits import StepTimeLimits
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.plans import Stage

VERSION = "1"
ADVICE_WHILE_RUNNING = (
    "If the records are no longer than before, the service is slower than before: check that run.max_hours "
    "leaves room for it. The model is not affected, and Bedrock bills tokens, not hours."
)
ADVICE_AT_THE_END = (
    "The model is not affected. Look for longer evaluations or a slow day of the service; if jobs stay so "
    "slow, give the next ones more run.max_hours."
)
#: Ticks are about a minute apart, and a new file may wake the watch at once: nearer marks would tell of the
#: ticks, not of the steps.
LEAST_APART = timedelta(minutes=2)
#: A record keeps so many marks; of the older ones every second is dropped, so that they reach to the start.
MOST_MARKS = 24
#: So many spans between marks must all be slow: an evaluation, or a file written in lumps, makes one.
RECENT_SPANS = 3
EARLIER_SPANS = 5
#: With fewer steps the start of a training is most of its time.
FEWEST_STEPS = 10
#: The start weighs more on the mean step of a shorter job, so a job is not compared with much longer ones.
LONGER_AT_MOST = 1.5
#: A job that took hardly longer in all is not worth a mail, whatever its steps took.
LEAST_LOST_SECONDS = 600.0


def marked(marks: tuple[PaceMark, ...], step: int | None, now: datetime) -> tuple[PaceMark, ...]:
    """The marks with one more, where the curve has grown to `step` and the last mark is old enough.

    Marks at or above `step` go: training began again below them.
    """
    if step is None:
        return marks
    below = tuple(mark for mark in marks if mark.step < step)
    if below and now < below[-1].at + LEAST_APART:
        return below
    kept = (*below, PaceMark(step, now))
    if len(kept) <= MOST_MARKS:
        return kept
    newest = len(kept) - RECENT_SPANS - 1
    return kept[:newest:2] + kept[newest:]


def growth(seen: CurveSeen, limits: StepTimeLimits) -> Answer:
    """Whether the last spans of a live curve each took a multiple of the usual time a step.

    Usual is the median time a step of the spans before, each weighing its steps.
    """
    spans = list(zip(seen.marks[:-1], seen.marks[1:], strict=True))
    need = RECENT_SPANS + EARLIER_SPANS
    if len(spans) < need:
        return NotEnoughData(Signal.STEP_TIME, len(spans), need)
    usual = _weighted_median([(_per_step(a, b), b.step - a.step) for a, b in spans[:-RECENT_SPANS]])
    recent = spans[-RECENT_SPANS:]
    if not all(_per_step(a, b) > limits.ratio * usual for a, b in recent):
        return Quiet(Signal.STEP_TIME)
    first, last = recent[0][0], recent[-1][1]
    now = _per_step(first, last)
    sentence = (
        f"Steps {first.step} to {last.step} took about {duration(now)} each, {_times(now, usual)} the "
        f"{duration(usual)} that were usual before (estimated from when rows were seen; more than "
        f"{limits.ratio:g} times counts as slow)."
    )
    return _finding((now, limits.ratio * usual), sentence, ADVICE_WHILE_RUNNING, limits)


def pace_of(job: JobRecord) -> JobPace | None:
    """Mean time a step of a completed job, by the service's own phase times; None where they do not tell.

    It holds all that the training phase does: start, steps and evaluations.
    """
    training, steps = job.phases.training, job.seen.last_step or 0
    if job.status is not JobStatus.COMPLETED or training is None or steps < FEWEST_STEPS:
        return None
    ended = training.changed if training.status is PhaseStatus.COMPLETED else job.ended_at
    if training.started is None or ended is None or ended <= training.started:
        return None
    seconds = (ended - training.started).total_seconds() / steps
    tokens = job.orders.tokens / steps if job.orders.tokens else None
    return JobPace(_source(job), seconds, steps, tokens, _waited(job, training.started))


def _waited(job: JobRecord, training: datetime) -> float | None:
    """Seconds from a job's creation to the start of its training, by the service's own times."""
    if job.created_at is None or job.created_at > training:
        return None
    return (training - job.created_at).total_seconds()


def comparison(job: JobRecord, known: BaseModelFacts, limits: StepTimeLimits) -> Answer:
    """Whether a completed job's steps took a multiple of what earlier jobs of its base model took.

    The rehearsal of the same run is compared with, where there is one; otherwise the median of the base
    model's jobs. A step with more tokens is granted as much more time; one with fewer is not expected to be
    faster, since a small batch need not be.
    """
    pace = pace_of(job)
    earlier = [] if pace is None else [other for other in known.paces if _comparable(other, pace)]
    own = [other for other in earlier if other.source.startswith(f"{job.key.run_id}/{Stage.REHEARSAL}")]
    if pace is None or (not own and len(earlier) < limits.jobs):
        return NotEnoughData(Signal.STEP_TIME, len(earlier), limits.jobs)
    usual = median(_granted(other, pace) for other in own or earlier)
    lost = (pace.seconds - usual) * pace.steps
    if pace.seconds <= limits.ratio * usual or lost < LEAST_LOST_SECONDS:
        return Quiet(Signal.STEP_TIME)
    whom = "the rehearsal of this run" if own else f"{len(earlier)} earlier jobs of this base model"
    sentence = (
        f"Steps took {_times(pace.seconds, usual)} as long as {whom} would suggest: about "
        f"{duration(pace.seconds)} each over {pace.steps} steps, not {duration(usual)} (estimated: time of "
        f"the training phase by its last step, start and evaluations included; "
        f"{_basis(pace, own or earlier)}; more than {limits.ratio:g} times counts as slow)."
    )
    return _finding((pace.seconds, limits.ratio * usual), sentence, ADVICE_AT_THE_END, limits)


def _comparable(other: JobPace, pace: JobPace) -> bool:
    return other.source != pace.source and other.steps <= LONGER_AT_MOST * pace.steps


def _granted(other: JobPace, pace: JobPace) -> float:
    """Seconds a step that the other job's pace grants to a job with the tokens a step of `pace`."""
    if not other.tokens_per_step or not pace.tokens_per_step:
        return other.seconds
    return other.seconds * max(1.0, pace.tokens_per_step / other.tokens_per_step)


def _basis(pace: JobPace, others: Sequence[JobPace]) -> str:
    if pace.tokens_per_step and all(other.tokens_per_step for other in others):
        return "tokens a step are allowed for"
    return "tokens a step are not known for all, so not allowed for"


def _source(job: JobRecord) -> str:
    return f"{job.key.run_id}/{job.key.short}"


def _per_step(first: PaceMark, last: PaceMark) -> float:
    return (last.at - first.at).total_seconds() / (last.step - first.step)


def _weighted_median(weighted: list[tuple[float, int]]) -> float:
    """The value below which half of the weight lies."""
    ordered = sorted(weighted)
    so_far = list(accumulate(weight for _, weight in ordered))
    return ordered[bisect_left(so_far, so_far[-1] / 2)][0]


def _times(seconds: float, usual: float) -> str:
    return f"{seconds / usual:.1f} times"


def duration(seconds: float) -> str:
    """Seconds as a person says them, three digits at most."""
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} minutes"


def _finding(numbers: tuple[float, float], sentence: str, advice: str, limits: StepTimeLimits) -> Finding:
    observed, threshold = numbers
    return Finding(
        Signal.STEP_TIME, limits.severity, None, None, None, observed, threshold, sentence, advice, VERSION
    )
