"""What a part of a run makes of its jobs: the move that it wants, with the decisions that led there.

`next_action` asks the rehearsal, then the full run, for their move and turns it into an action.
"""

from dataclasses import dataclass

from finetune_guard.core.decisions import Decision, Reply, RunStatus
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import LearningRate, StagePlan


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision on the way.

    Attributes:
        about: Short key of the job, or the stage.
        decision: What was decided.
    """

    about: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Candidate:
    """A setting to be tried.

    Attributes:
        number: Within its stage, from 0.
        rate: The run's peak rate; None where the base has none.
    """

    number: int
    rate: LearningRate | None


@dataclass(frozen=True, slots=True)
class Try:
    """Jobs are wanted.

    Attributes:
        stage: What they train on.
        candidates: One job each.
        start: The job whose model they start from; None for the base.
        before: Jobs of the segments before, in their order.
        best: Short key of the job with the best model so far; "" while there is none.
    """

    stage: StagePlan
    candidates: tuple[Candidate, ...]
    start: JobRecord | None = None
    before: tuple[JobRecord, ...] = ()
    best: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """The part is done and the run goes on.

    Attributes:
        rate: The rate that it goes on with.
        job: The job that was accepted; None where there was none.
    """

    rate: LearningRate | None
    job: JobRecord | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A person is to decide.

    Attributes:
        about: Short key of the job that raises the question.
        decision: Why it is asked.
        hours: How long an answer is waited for.
        default: What is done without one.
    """

    about: str
    decision: Decision
    hours: float
    default: Reply


@dataclass(frozen=True, slots=True)
class Ended:
    """The run is over.

    Attributes:
        decision: The last decision.
        status: How it ended.
        kept: Short key of the job whose model is the result; "" where there is none.
    """

    decision: Decision
    status: RunStatus
    kept: str = ""


Move = Try | Passed | Asked | Ended


@dataclass(frozen=True, slots=True)
class Moved:
    """A move with the decisions that led to it, oldest first."""

    move: Move
    judged: tuple[Judged, ...] = ()
