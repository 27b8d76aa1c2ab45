"""What if: a curve judged with changed thresholds, beside what the default makes of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from finetune_guard.core.replaying import Replayed


class Change(StrEnum):
    """How a judgement differs from the default's, the gravest first."""

    STOP_FEWER = "stop fewer"
    STOP_MORE = "stop more"
    EARLIER = "earlier"
    LATER = "later"
    VERDICT = "by verdict only"
    FINDINGS = "by findings only"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One curve, judged twice.

    Attributes:
        default: By the thresholds of its family.
        changed: By the thresholds that a person set.
    """

    default: Replayed
    changed: Replayed

    @property
    def change(self) -> Change | None:
        """How the two differ; None where verdict, stop and findings are the same."""
        before, after = self.default.stop_step, self.changed.stop_step
        if before != after:
            return _moved(before, after)
        if self.default.verdict.kind is not self.changed.verdict.kind:
            return Change.VERDICT
        return None if _findings(self.default) == _findings(self.changed) else Change.FINDINGS


def summary(comparisons: Sequence[Comparison]) -> str:
    """One sentence: how many curves are judged differently, and how."""
    count = Counter(one.change for one in comparisons)
    different = len(comparisons) - count[None]
    parts = [f"{count[change]} {_plural(change, count[change])}" for change in Change if count[change]]
    if not different:
        return "No curve is judged differently."
    curves = "1 curve" if len(comparisons) == 1 else f"{len(comparisons)} curves"
    verb = "is" if different == 1 else "are"
    return f"{different} of {curves} {verb} judged differently: {', '.join(parts)}."


def _moved(before: int | None, after: int | None) -> Change:
    if after is None:
        return Change.STOP_FEWER
    if before is None:
        return Change.STOP_MORE
    return Change.EARLIER if after < before else Change.LATER


def _findings(replayed: Replayed) -> list[tuple[str, str, int | None]]:
    return [(one.signal, one.severity, one.detected_step) for one in replayed.findings]


def _plural(change: Change, count: int) -> str:
    if change in (Change.STOP_FEWER, Change.STOP_MORE) and count > 1:
        return change.value.replace("stop", "stops")
    return change.value
