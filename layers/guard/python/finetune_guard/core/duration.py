"""How long a run will take, from what this account's finished jobs of the same base have shown.

Two parts, told apart: the wait before training (the service validates, processes and queues, which depends on
the day), and the training itself, which depends on steps and tokens. Jobs follow each other, but for those of
a sweep, which run a few at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from finetune_guard.core.estimates import Estimate, JobEstimate, StageEstimate
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.plans import Stage, part_words
from finetune_guard.core.runs import Problem

#: Hours that small jobs took in public tests, queue included: 60 minutes for a sample on Nova Micro, 81 for
#: 378 steps of Llama 3.3 70B; AWS itself says "several hours" (docs/bedrock.md, 7).
USUAL_HOURS = (1.0, 2.0)
USUAL_SOURCE = "AWS, model-customization-submit; public tests (docs/bedrock.md, 7)"
SEEN_SOURCE = "this account's finished jobs"
#: Fewer finished jobs than this say little of the next: their range is widened.
ENOUGH_JOBS = 3
#: By so much either way; a judgement.
WIDENED = 2.0


@dataclass(frozen=True, slots=True)
class HoursRange:
    """Hours, from the least to the most expected."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StageDuration:
    """How long one stage will take.

    Attributes:
        stage: Which.
        waiting: From a job's creation to the start of its training; None where no job has shown it.
        training: The training of one try of the rehearsal, or of the whole full run; None where no job has
            shown it, or the steps are not known.
        jobs: How many jobs the stage has.
        at_once: How many of them may run at the same time.
    """

    stage: Stage
    waiting: HoursRange | None
    training: HoursRange | None
    jobs: int = 1
    at_once: int = 1


@dataclass(frozen=True, slots=True)
class JobDuration:
    """How long one job will take.

    Attributes:
        stage, segment, candidate: Which job.
        waiting: From its creation to the start of its training; None where no job has shown it.
        training: Its training; None where no job has shown it, or the steps are not known.
    """

    stage: Stage
    segment: int
    candidate: int
    waiting: HoursRange | None
    training: HoursRange | None

    @property
    def whole(self) -> HoursRange | None:
        """Waiting and training, what run.max_hours limits; None where training is not known."""
        if self.training is None:
            return None
        low, high = (self.waiting.low, self.waiting.high) if self.waiting else (0.0, 0.0)
        return HoursRange(self.training.low + low, self.training.high + high)

    @property
    def expected(self) -> HoursRange:
        """Waiting and training, those of others where this account has seen none."""
        return self.whole or HoursRange(*USUAL_HOURS)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a run will take.

    Attributes:
        stages: In the order in which they run.
        jobs: Finished jobs that this rests on; 0 means that only what others have seen is known.
        basis: What this rests on, a sentence for a person.
        source: Where from.
        each: Every job that the run will have, in order.
        total: From the first job's creation to the last one's end, hours of others where this account has
            seen none; None where there is no job.
    """

    stages: tuple[StageDuration, ...]
    jobs: int
    basis: str
    source: str
    each: tuple[JobDuration, ...] = ()
    total: HoursRange | None = None

    @property
    def most_hours(self) -> float:
        """Hours of all jobs at the upper end, those of others where this account has seen none."""
        return sum(job.expected.high for job in self.each)


def expect(estimate: Estimate, seen: BaseModelFacts | None) -> Duration:
    """How long each job will take, as far as finished jobs tell."""
    paces = seen.paces if seen else ()
    stages = tuple(_stage(stage, estimate, paces) for stage in estimate.stages)
    each = tuple(_job(job, paces) for job in estimate.jobs)
    total = _total(each, estimate.at_once)
    if not any(job.training for job in each):
        low, high = USUAL_HOURS
        why = "the steps cannot be foreseen" if paces else "no job of this base has finished here yet"
        basis = f"{why}; even small jobs have taken {low:g} to {high:g} hours each, queue included"
        return Duration(stages, 0, basis, USUAL_SOURCE, each, total)
    jobs = "1 finished job" if len(paces) == 1 else f"the last {len(paces)} finished jobs"
    few = ", a wide guess" if len(paces) < ENOUGH_JOBS else ""
    return Duration(stages, len(paces), f"from {jobs} of this base{few}", SEEN_SOURCE, each, total)


def _stage(stage: StageEstimate, estimate: Estimate, paces: Sequence[JobPace]) -> StageDuration:
    jobs = len(estimate.of(stage.stage))
    at_once = min(jobs, estimate.at_once) if stage.stage is Stage.REHEARSAL else 1
    return StageDuration(stage.stage, _waiting(paces), _training(stage, paces), jobs, at_once)


def _job(job: JobEstimate, paces: Sequence[JobPace]) -> JobDuration:
    return JobDuration(job.stage, job.segment, job.candidate, _waiting(paces), _training(job, paces))


def _total(each: Sequence[JobDuration], at_once: int) -> HoursRange | None:
    rounds = [_together(jobs) for jobs in _rounds(each, at_once)]
    return HoursRange(sum(one.low for one in rounds), sum(one.high for one in rounds)) if rounds else None


def _rounds(each: Sequence[JobDuration], at_once: int) -> Iterator[Sequence[JobDuration]]:
    """The jobs that run at the same time: rates of a sweep a few at a time, all others alone."""
    for stage, jobs in groupby(each, lambda job: job.stage):
        waiting, size = tuple(jobs), at_once if stage is Stage.REHEARSAL else 1
        yield from (waiting[start : start + size] for start in range(0, len(waiting), size))


def _together(jobs: Sequence[JobDuration]) -> HoursRange:
    hours = [job.expected for job in jobs]
    return HoursRange(max(one.low for one in hours), max(one.high for one in hours))


def _waiting(paces: Sequence[JobPace]) -> HoursRange | None:
    waits = [pace.waited for pace in paces if pace.waited is not None]
    return _hours(waits, waits)


def _training(part: StageEstimate | JobEstimate, paces: Sequence[JobPace]) -> HoursRange | None:
    """Steps × seconds a step, a step with more tokens granted more time; fewer need not make it faster."""
    if not part.steps:
        return None
    per_step = part.tokens.middle / part.steps if part.tokens else None
    ratios = [(pace.seconds * part.steps, _tokens_ratio(pace, per_step)) for pace in paces]
    lows = [seconds * min(1.0, ratio) for seconds, ratio in ratios]
    highs = [seconds * max(1.0, ratio) for seconds, ratio in ratios]
    return _hours(lows, highs)


def _tokens_ratio(pace: JobPace, tokens_per_step: float | None) -> float:
    if not tokens_per_step or not pace.tokens_per_step:
        return 1.0
    return tokens_per_step / pace.tokens_per_step


def _hours(lows: Sequence[float], highs: Sequence[float]) -> HoursRange | None:
    """From the least to the most of these seconds, widened where they are few."""
    if not lows:
        return None
    by = WIDENED if len(lows) < ENOUGH_JOBS else 1.0
    return HoursRange(min(lows) / by / 3600, max(highs) * by / 3600)


def judge_time(duration: Duration, max_hours: float) -> tuple[Problem, ...]:
    """A warning where a job that goes as expected would be stopped by run.max_hours."""
    hours, name = max(_least_hours(duration), default=(0.0, ""))
    if hours <= max_hours:
        return ()
    least = "1 hour" if hours == 1 else f"{hours:.2g} hours"
    what = f"{name} is expected to take {least} at least ({duration.basis})"
    message = f"{what}; the watch stops a job after {max_hours:g}."
    advice = f"Set run.max_hours well above {hours:.2g}: a stopped job keeps no model and bills what it used."
    return (Problem("TI001", "warning", "run.max_hours", f"{max_hours:g}", message, advice, duration.source),)


def _least_hours(duration: Duration) -> Iterator[tuple[float, str]]:
    """The least hours of each job with its name; a probe is too short to be named."""
    for job in duration.each:
        words = part_words(job.stage, job.segment)
        name = words.capitalize() if job.segment else f"The {words}"
        if job.whole is not None:
            yield job.whole.low, name
        elif not duration.jobs and job.stage is not Stage.PROBE:
            yield USUAL_HOURS[0], name
