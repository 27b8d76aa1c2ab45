"""What an armed watch would have done to an account's finished jobs, and how often it would have been wrong.

Every curve that is final is shown to a watcher point by point (core/replaying.py), whether or not the base
model shows its curve while a job runs. So an account gathers evidence for arming before anything is armed.

How a curve ended is what the whole of it was called, by the same rules. A wrong stop is therefore one whose
curve came back or was never called diverged in the end; a rule that errs on the whole curve too is not found
out here, but on labelled curves (docs/signals.md).
"""

import math
from dataclasses import dataclass, replace

from finetune_guard.core.decisions import AutoStop
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.observations import BaseModelFacts, ShadowCounts
from finetune_guard.core.verdict import VerdictKind

#: The chance that a bound is too low: bounds are one-sided, at 95 %.
RISK = 0.05
#: Halvings of an interval below 1: more than a float can tell apart.
_HALVINGS = 60
#: Terms below this share of the sum no longer change it.
_NEGLIGIBLE = 1e-17


def diverged_at_end(job: JobRecord) -> bool | None:
    """Whether the job's curve had diverged at its end; None where nobody knows.

    Only a job that completed shows its end: one that was stopped midway, by whoever, or failed might have
    come back or not. A curve too short to judge says nothing either.
    """
    judged = job.verdict not in (None, VerdictKind.INCONCLUSIVE)
    known = job.status is JobStatus.COMPLETED and judged
    return job.verdict is VerdictKind.DIVERGED if known else None


def counted(counts: ShadowCounts, job: JobRecord) -> ShadowCounts:
    """`counts` with one more job, whose record is final; as they are where it says nothing.

    A rehearsal counts like a full run: it is judged at its end only, but whole, and one that ran too hot is
    diverged, as it would be refused. An armed job with a live curve does not count: those that were stopped
    show no end, so those that are left would make the rate look better than it is.
    """
    diverged, stopped = diverged_at_end(job), job.would_stop_step is not None
    if diverged is None or (job.seen.live and job.orders.auto_stop is AutoStop.ON):
        return counts
    if diverged:
        right = counts.diverged_stopped + stopped
        return replace(counts, diverged=counts.diverged + 1, diverged_stopped=right)
    return replace(counts, sound=counts.sound + 1, sound_stopped=counts.sound_stopped + stopped)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a base model's false stops.

    Attributes:
        base_model_id: The base.
        curves: Finished curves, sound or diverged at their end.
        would_have_stopped: Those that an armed watch would have stopped.
        rightly: Of those, diverged at their end.
        wrongly: Of those, sound at their end: each a model thrown away.
        missed: Diverged at their end, and would not have been stopped.
        sound: Not diverged at their end.
        false_stop_rate: `wrongly` of `sound`, 0 to 1; None without a sound curve.
        at_most: Upper bound of the true rate, one-sided, at 95 %; 1 without a sound curve.
    """

    base_model_id: str
    curves: int
    would_have_stopped: int
    rightly: int
    wrongly: int
    missed: int
    sound: int
    false_stop_rate: float | None
    at_most: float


def standing(facts: BaseModelFacts) -> Standing:
    """What the counts of a base model say."""
    counts = facts.shadow
    return Standing(
        base_model_id=facts.base_model_id,
        curves=counts.sound + counts.diverged,
        would_have_stopped=counts.sound_stopped + counts.diverged_stopped,
        rightly=counts.diverged_stopped,
        wrongly=counts.sound_stopped,
        missed=counts.diverged - counts.diverged_stopped,
        sound=counts.sound,
        false_stop_rate=counts.sound_stopped / counts.sound if counts.sound else None,
        at_most=upper_bound(counts.sound_stopped, counts.sound),
    )


def upper_bound(hits: int, of: int) -> float:
    """The largest share under which so few hits are still as likely as RISK: exact, one-sided.

    The bound of Clopper and Pearson (Biometrika 26, 1934), found by halving. Without hits it is
    1 - RISK ** (1 / of); without trials, or with hits only, it is 1.

    Args:
        hits: 0 to `of`.
        of: Trials; a million take at most about a tenth of a second.
    """
    if hits >= of:
        return 1.0
    if hits == 0:
        return -math.expm1(math.log(RISK) / of)
    low, high = hits / of, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _log_chance(hits, of, middle) > math.log(RISK):
            low = middle
        else:
            high = middle
    return high


def _log_chance(hits: int, of: int, share: float) -> float:
    """Logarithm of the chance of at most `hits` hits, for a share above hits / of: there the terms fall."""
    ways = math.lgamma(of + 1) - math.lgamma(hits + 1) - math.lgamma(of - hits + 1)
    largest = ways + hits * math.log(share) + (of - hits) * math.log1p(-share)
    total = term = 1.0
    for fewer in range(hits, 0, -1):
        term *= fewer * (1 - share) / ((of - fewer + 1) * share)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return largest + math.log(total)


def percent(share: float) -> str:
    """A share of 0 to 1 as people read it, three digits at most."""
    return f"{100 * share:.3g} %"


def rate_words(known: Standing) -> str:
    """The false-stop rate, such as "0 of 23, at most 12.2 % (95 %)"; "no sound curve yet" without any."""
    if not known.sound:
        return "no sound curve yet"
    return f"{known.wrongly} of {known.sound}, at most {percent(known.at_most)} (95 %)"


def meaning(known: Standing) -> str:
    """What the figures mean for arming, for a person; a few sentences."""
    if not known.sound:
        return (
            "No sound curve has been seen to its end, so nothing is known of false stops. Leave it on shadow."
        )
    would = f"Armed, the watch would have stopped {known.wrongly or 'none'} of {known.sound} sound jobs"
    lost = ", whose models would be lost" if known.wrongly else ""
    diverged = known.rightly + known.missed
    caught = f" Of {diverged} that diverged it would have stopped {known.rightly}." if diverged else ""
    return (
        f"{would}{lost}; the true share is at most {percent(known.at_most)} (95 %).{caught}{_needed(known)}"
    )


def _needed(known: Standing) -> str:
    enough = math.ceil(math.log(RISK) / math.log1p(-RISK))
    if known.wrongly or known.sound >= enough:
        return ""
    return f" With {enough} sound jobs and no false stop it would be at most {percent(RISK)}."


def arming(facts: BaseModelFacts) -> str:
    """What somebody should know who lets the watch stop jobs of this base model; one sentence."""
    known = standing(facts)
    if known.sound:
        return f"auto_stop is on: false stops of {known.base_model_id} in this account: {rate_words(known)}."
    return (
        f"auto_stop is on: this account has no figure yet for false stops of {known.base_model_id}; no sound "
        "curve of it has been seen to its end."
    )
