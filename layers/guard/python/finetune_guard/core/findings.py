"""What a detector can say: a finding, quiet, or not enough data."""

from dataclasses import dataclass
from enum import StrEnum


class Signal(StrEnum):
    """The closed set of faults that detectors look for (docs/signals.md)."""

    NON_FINITE = "non_finite"
    LOSS_SPIKE = "loss_spike"
    DIVERGENCE = "divergence"
    COLLAPSE = "collapse"
    STAGNATION = "stagnation"
    OSCILLATION = "oscillation"
    OVERFITTING = "overfitting"
    ESTIMATED_GRADIENT = "estimated_gradient"
    STEP_TIME = "step_time"
    MEMORY = "memory"
    PHASE_STALL = "phase_stall"
    NO_PROGRESS = "no_progress"
    REJECTED_RECORDS = "rejected_records"
    COULD_NOT_JUDGE = "could_not_judge"


class Severity(StrEnum):
    """How much a person should care; a threshold pack sets it, never a detector."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


#: Only failures that do not recover may stop a job, since a stop destroys the model (docs/bedrock.md, 1.3).
STOPPING_SIGNALS = frozenset({Signal.NON_FINITE, Signal.LOSS_SPIKE, Signal.DIVERGENCE, Signal.COLLAPSE})


@dataclass(frozen=True, slots=True)
class Finding:
    """One occurrence of a fault, with its evidence.

    Attributes:
        signal: Which fault.
        severity: From the threshold pack.
        first_step: Step at which the fault begins; None for faults that have no step (a stalled phase).
        last_step: Last step that shows it; None as above.
        detected_step: Step at which a watcher, shown the curve point by point, first says so.
        observed: The measured value in the unit of `threshold`; may be non-finite.
        threshold: What it was compared with; may be non-finite.
        sentence: What was seen, against what, for a person.
        advice: What to do next, one sentence.
        detector_version: Version of the rule, so that an old finding stays explainable.
    """

    signal: Signal
    severity: Severity
    first_step: int | None
    last_step: int | None
    detected_step: int | None
    observed: float
    threshold: float
    sentence: str
    advice: str
    detector_version: str

    @property
    def may_stop(self) -> bool:
        """Whether policy may stop a job for this finding."""
        return self.severity is Severity.CRITICAL and self.signal in STOPPING_SIGNALS


@dataclass(frozen=True, slots=True)
class Quiet:
    """The detector looked and saw nothing wrong."""

    signal: Signal


@dataclass(frozen=True, slots=True)
class NotEnoughData:
    """The detector cannot say yet.

    Attributes:
        signal: Which fault was looked for.
        have: Points there are.
        need: Points the rule needs before it speaks.
    """

    signal: Signal
    have: int
    need: int


Answer = Finding | Quiet | NotEnoughData
