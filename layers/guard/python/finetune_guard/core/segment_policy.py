"""What policy makes of a closed segment: go on, lower the rate and redo, or end and keep the best model.

Findings that only warn in a run of one job end a segmented run where the validation loss agrees: between two
segments that loses nothing (docs/architecture.md).
"""

import math
from dataclasses import dataclass

from finetune_guard.core.decisions import Decision, DecisionKind
from finetune_guard.core.findings import Finding, Signal
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.onset import EARLY, onset
from finetune_guard.core.plans import LearningRate, Plan
from finetune_guard.core.policy import lowered, of_unfinished
from finetune_guard.core.verdict import VerdictKind

#: A validation loss that stands by so great a share above the best ends the run: the rise from which
#: overfitting is warned of (core/limits.py).
WORSE = 0.03
#: Losses closer than this share are equal: the model that has seen more data is kept.
EQUAL = 0.005
#: In one run one segment is done again at a lower rate: the rehearsal has already tried the rate.
MOST_REDOS = 1
#: A segment's first row is measured before its first step. So many times above where the best segment ended,
#: as far as a jump is from noise (core/limits.py, loss_spike.ratio), it is the data that changed.
JUMPED = 1.4
#: Findings that say that nothing more is gained.
NO_GAIN = frozenset({Signal.STAGNATION, Signal.OSCILLATION})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a segmented run stands before a segment is decided on.

    Attributes:
        plan: The run's plan.
        rate: The run's peak rate, at which the segment was made.
        best: The segment with the best model so far; None while there is none.
        redone: Segments that were done again.
    """

    plan: Plan
    rate: LearningRate | None
    best: JobRecord | None
    redone: int


def level(job: JobRecord, by_validation: bool) -> float:
    """The loss that a segment's model is compared by; infinite where it has none, or no finite one."""
    value = job.seen.last_validation if by_validation else job.seen.training_level
    return value if value is not None and math.isfinite(value) else math.inf


def compared_by_validation(jobs: tuple[JobRecord, ...]) -> bool:
    """Whether all of them have a validation loss; otherwise their training tails are compared."""
    return all(job.seen.last_validation is not None for job in jobs)


def better(best: JobRecord | None, job: JobRecord) -> JobRecord:
    """The one with the lower loss; of equals the later."""
    if best is None:
        return job
    by_validation = compared_by_validation((best, job))
    equal = level(best, by_validation) * (1 + EQUAL)
    return job if level(job, by_validation) <= equal else best


def decide_segment(standing: Standing, job: JobRecord) -> Decision:
    """What follows from a closed segment."""
    if job.stopped_for_its_curve:
        return _broken(standing, job, job.stop.sentence if job.stop else "")
    if job.status is not JobStatus.COMPLETED:
        return _unfinished(standing, job)
    if job.verdict is VerdictKind.DIVERGED:
        return _broken(standing, job, job.verdict_reason)
    return _gained_nothing(standing, job) or _carried_on(job)


def _unfinished(standing: Standing, job: JobRecord) -> Decision:
    decision = of_unfinished(standing.plan, job)
    kept = _kept(standing)
    return Decision(decision.kind, decision.policy, f"{decision.reason} {kept}" if kept else decision.reason)


def _kept(standing: Standing) -> str:
    return f"The model of {standing.best.key.named} is kept." if standing.best else ""


def _broken(standing: Standing, job: JobRecord, seen: str) -> Decision:
    lower = lowered(standing.rate) if standing.rate else None
    by_rate = broke_early(job) and not began_high(standing.best, job)
    if lower and standing.rate and standing.redone < MOST_REDOS and by_rate:
        reason = (
            f"{seen} It broke early in {job.key.named}, where the optimizer starts anew: the segment is "
            f"done again from the last good model at a third, {lower.key} {lower.value:f} in place of "
            f"{standing.rate.value:f}."
        )
        return Decision(DecisionKind.RETRY_LOWER, "segment.broken.redo", reason)
    if standing.best:
        reason = f"{seen} The run ends after {job.key.named}. {_kept(standing)}"
        return Decision(DecisionKind.KEEP_BEST, "segment.broken.keep_best", reason)
    reason = f"{seen} There is no earlier model of this run to keep; nothing more is paid for."
    return Decision(DecisionKind.REFUSE, "segment.broken.nothing_to_keep", reason)


def broke_early(job: JobRecord) -> bool:
    """Whether the fault began in the segment's first third."""
    began = onset(job)
    return began is not None and began <= EARLY


def began_high(best: JobRecord | None, job: JobRecord) -> bool:
    """Whether the loss stood high before the segment's first step: the data changed, not the rate."""
    before, first = best.seen.training_level if best else None, job.seen.first_loss
    return before is not None and first is not None and first > JUMPED * before


def _gained_nothing(standing: Standing, job: JobRecord) -> Decision | None:
    """Why the run ends after a segment that did not break; None where it goes on."""
    best = standing.best
    if best is None:
        return None
    by_validation = compared_by_validation((best, job))
    now, before = level(job, by_validation), level(best, by_validation)
    measure = "validation loss" if by_validation else "training loss at its end (no validation is reported)"
    losses = f"The {measure} is {now:.4g} after {job.key.named}; it was {before:.4g} after {best.key.named}."
    if now > before * (1 + WORSE):
        falls = _falls(best, job)
        what = "It rises while the training loss falls: overfitting." if falls else "The model got worse."
        line = "segment.overfitting.keep_best" if falls else "segment.worse.keep_best"
        return Decision(DecisionKind.KEEP_BEST, line, f"{losses} {what} {_kept(standing)}")
    warned = _no_gain(job)
    if warned and now > before * (1 - EQUAL):
        return Decision(
            DecisionKind.KEEP_BEST,
            "segment.no_gain.keep_best",
            f"{warned.sentence} {losses} {_kept(standing)}",
        )
    return None


def _falls(best: JobRecord, job: JobRecord) -> bool:
    return level(job, by_validation=False) < level(best, by_validation=False)


def _no_gain(job: JobRecord) -> Finding | None:
    return next((finding for finding in job.findings if finding.signal in NO_GAIN), None)


def _carried_on(job: JobRecord) -> Decision:
    if job.verdict is VerdictKind.HEALTHY:
        return Decision(DecisionKind.PROCEED, "segment.healthy", job.verdict_reason)
    line = f"segment.{job.verdict or 'unjudged'}"
    return Decision(DecisionKind.PROCEED_WITH_WARNING, line, job.verdict_reason)
