"""What policy makes of a verdict."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DecisionKind(StrEnum):
    """The closed set of decisions."""

    PROCEED = "proceed"
    PROCEED_WITH_WARNING = "proceed with warning"
    RETRY_LOWER = "retry lower"
    ASK = "ask"
    REFUSE = "refuse"
    STOP = "stop"
    KEEP_BEST = "keep best"
    ENDED_BY_A_PERSON = "ended by a person"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision with the policy line that chose it.

    Attributes:
        kind: What is done.
        policy: The policy line that chose it, a stable code such as "rehearsal.too_hot.retry".
        reason: One sentence for a person.
    """

    kind: DecisionKind
    policy: str
    reason: str


@dataclass(frozen=True, slots=True)
class DatedDecision:
    """A decision as it was taken.

    Attributes:
        decision: What was decided.
        about: The job it is about by its short key, a stage such as "rehearsal", or "run".
        at: When, UTC.
    """

    decision: Decision
    about: str
    at: datetime


class AutoStop(StrEnum):
    """What the watch may do with a job that fails beyond recovery (docs/bedrock.md, 1.3)."""

    OFF = "off"
    SHADOW = "shadow"
    ON = "on"


class OnInconclusive(StrEnum):
    """What a rehearsal without a clear answer leads to."""

    PROCEED = "proceed"
    REFUSE = "refuse"
    ASK = "ask"


class Reply(StrEnum):
    """What a person answers, or what is done when nobody does."""

    PROCEED = "proceed"
    REFUSE = "refuse"


class OnAbort(StrEnum):
    """What happens to a job whose execution a person aborted."""

    ALERT = "alert"
    STOP = "stop"


class Mode(StrEnum):
    """Which of the three machines runs."""

    MINI_RUN = "mini-run"
    FULL_RUN = "full-run"
    REHEARSE_THEN_RUN = "rehearse-then-run"


class RunStatus(StrEnum):
    """Where a run is; the last four are final."""

    RUNNING = "running"
    COMPLETED = "completed"
    REFUSED = "refused"
    STOPPED = "stopped"
    FAILED = "failed"
