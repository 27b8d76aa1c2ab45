"""What a curve is, and how much of it could be seen."""

from dataclasses import dataclass
from enum import StrEnum

from finetune_guard.core.findings import Finding

#: Fewer rows are inconclusive unless non-finite or pinned; below SHORT_CURVE a verdict is labelled short.
FEWEST_ROWS = 10
SHORT_CURVE = 30


class VerdictKind(StrEnum):
    """What a curve is."""

    HEALTHY = "healthy"
    SUSPICIOUS = "suspicious"
    DIVERGED = "diverged"
    INCONCLUSIVE = "inconclusive"


class Evidence(StrEnum):
    """What was visible when the verdict was made; nothing is called healthy unseen."""

    LIVE_CURVE = "live curve"
    CURVE_AT_COMPLETION = "curve at completion"
    PHASES_ONLY = "phases only"
    NOTHING_YET = "nothing yet"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a curve is, with what it rests on. A value, never an exception.

    Attributes:
        kind: The judgement.
        evidence: What was visible.
        findings: Every finding, most severe first.
        rows: Rows of the training curve that were judged.
        reason: One sentence that says why this kind.
    """

    kind: VerdictKind
    evidence: Evidence
    findings: tuple[Finding, ...]
    rows: int
    reason: str

    @property
    def short(self) -> bool:
        """Whether the curve was judged but has few rows."""
        return FEWEST_ROWS <= self.rows < SHORT_CURVE
