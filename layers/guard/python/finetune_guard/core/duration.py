"""How long a run will take, from what this account's finished jobs of the same base have shown.

Two parts, told apart: the wait before training (the service validates, processes and queues, which depends on
the day), and the training itself, which depends on steps and tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from finetune_guard.core.estimating import Estimate, StageEstimate
from finetune_guard.core.observations import BaseModelFacts, JobPace
from finetune_guard.core.plans import Stage
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
        waiting: From the job's creation to the start of its training; None where no job has shown it.
        training: The training; None where no job has shown it, or the steps are not known.
    """

    stage: Stage
    waiting: HoursRange | None
    training: HoursRange | None

    @property
    def whole(self) -> HoursRange | None:
        """Waiting and training, what run.max_hours limits; None where training is not known."""
        if self.training is None:
            return None
        low, high = (self.waiting.low, self.waiting.high) if self.waiting else (0.0, 0.0)
        return HoursRange(self.training.low + low, self.training.high + high)


@dataclass(frozen=True, slots=True)
class Duration:
    """How long the stages of a run will take.

    Attributes:
        stages: In the order in which they run.
        jobs: Finished jobs that this rests on; 0 means that only what others have seen is known.
        basis: What this rests on, a sentence for a person.
        source: Where from.
    """

    stages: tuple[StageDuration, ...]
    jobs: int
    basis: str
    source: str

    @property
    def most_hours(self) -> float:
        """Hours of all stages at the upper end, those of others where this account has seen none."""
        return sum(stage.whole.high if stage.whole else USUAL_HOURS[1] for stage in self.stages)


def expect(estimate: Estimate, seen: BaseModelFacts | None) -> Duration:
    """How long each stage will take, as far as finished jobs tell."""
    paces = seen.paces if seen else ()
    stages = tuple(_stage(stage, paces) for stage in estimate.stages)
    if not any(stage.training for stage in stages):
        low, high = USUAL_HOURS
        why = "the steps cannot be foreseen" if paces else "no job of this base has finished here yet"
        basis = f"{why}; even small jobs have taken {low:g} to {high:g} hours each, queue included"
        return Duration(stages, 0, basis, USUAL_SOURCE)
    jobs = "1 finished job" if len(paces) == 1 else f"the last {len(paces)} finished jobs"
    few = ", a wide guess" if len(paces) < ENOUGH_JOBS else ""
    return Duration(stages, len(paces), f"from {jobs} of this base{few}", SEEN_SOURCE)


def _stage(stage: StageEstimate, paces: Sequence[JobPace]) -> StageDuration:
    waits = [pace.waited for pace in paces if pace.waited is not None]
    return StageDuration(stage.stage, _hours(waits, waits), _training(stage, paces))


def _training(stage: StageEstimate, paces: Sequence[JobPace]) -> HoursRange | None:
    """Steps × seconds a step, a step with more tokens granted more time; fewer need not make it faster."""
    if not stage.steps:
        return None
    per_step = stage.tokens.middle / stage.steps if stage.tokens else None
    ratios = [(pace.seconds * stage.steps, _tokens_ratio(pace, per_step)) for pace in paces]
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
    what = f"The {name} is expected to take {least} at least ({duration.basis})"
    message = f"{what}; the watch stops a job after {max_hours:g}."
    advice = f"Set run.max_hours well above {hours:.2g}: a stopped job keeps no model and bills what it used."
    return (Problem("TI001", "warning", "run.max_hours", f"{max_hours:g}", message, advice, duration.source),)


def _least_hours(duration: Duration) -> Iterator[tuple[float, str]]:
    names = {Stage.REHEARSAL: "rehearsal", Stage.FULL: "full run"}
    for stage in duration.stages:
        if stage.whole is not None:
            yield stage.whole.low, names[stage.stage]
        elif not duration.jobs:
            yield USUAL_HOURS[0], names[stage.stage]
