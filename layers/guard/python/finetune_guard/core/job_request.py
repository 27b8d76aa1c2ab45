"""What a job is created with, and what the watch is told to do with it."""

from dataclasses import dataclass, field
from decimal import Decimal

from finetune_guard.core.decisions import AutoStop


@dataclass(frozen=True, slots=True)
class JobRequest:
    """Everything that Create is called with, but for what the name rules derive.

    Attributes:
        base_model_id: The base model, also where the job starts from a custom model of it.
        hyperparameters: All strings, exactly as sent.
        tags: Ours and the user's.
        start_from: ARN of the custom model that the job starts from; "" where it starts from the base.
    """

    job_name: str
    model_name: str
    token: str
    base_model_id: str
    role_arn: str
    training_uri: str
    validation_uri: str | None
    output_uri: str
    hyperparameters: dict[str, str]
    tags: dict[str, str]
    start_from: str = ""


@dataclass(frozen=True, slots=True)
class WatchOrders:
    """What the watch needs to know of the run while it looks at one job.

    Attributes:
        family: Chooses the threshold pack.
        auto_stop: What the watch may do.
        max_hours: Hours after which the job is stopped, whatever auto_stop says.
        planned_steps: Steps the job will have, where known.
        epochs: Passes over the training file.
        thresholds: Overrides of the pack.
        estimated_usd: What the whole job is expected to cost; None where unknown.
        tokens: Tokens the whole job is expected to train, at the middle of the range.
        records: Records of one epoch.
        before: Names of the jobs whose rows stand before this job's in the run's one curve; empty for all but
            the later segments, and without those of which no row was seen.
        run_steps: Steps that all segments will have; None where not known, or there is one job only.
    """

    family: str
    auto_stop: AutoStop
    max_hours: float
    planned_steps: int | None
    epochs: int
    thresholds: dict[str, float] = field(default_factory=dict)
    estimated_usd: Decimal | None = None
    tokens: int = 0
    records: int = 0
    before: tuple[str, ...] = ()
    run_steps: int | None = None
