"""The answer of `get-optimal`, as values."""

from dataclasses import dataclass

from finetune_guard.core.hyperparameters.rate_grid import RateGrid
from finetune_guard.core.hyperparameters.suggestion import Reason
from finetune_guard.core.jobs import SCHEMA_VERSION
from finetune_guard.core.plans import TokenRange
from finetune_guard.core.runs import Problem
from finetune_guard.usecases.advise import CostAdvice
from finetune_guard.usecases.past_runs import PastRun


@dataclass(frozen=True, slots=True)
class SuggestedRehearsal:
    """How to rehearse.

    Attributes:
        sweep: Whether to compare the rates of the grid, where there are some and rehearsals are cheap.
    """

    sweep: bool = False


@dataclass(frozen=True, slots=True)
class SuggestedConfig:
    """A config to start from; it passes `validate` once the paths are real."""

    job_name: str
    base_model_id: str
    training_data_path: str
    output_data_path: str
    hyperparameters: dict[str, str]
    rehearsal: SuggestedRehearsal = SuggestedRehearsal()


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found in the file; tokens are estimated from its characters.

    Attributes:
        records: Lines that are not blank.
        tokens: Of one pass.
        mean, longest: Tokens of a record.
        validation: Records that a run would set apart, about; 0 where it would not.
    """

    records: int
    tokens: TokenRange
    mean: TokenRange
    longest: TokenRange
    validation: int


@dataclass(frozen=True, slots=True)
class Steps:
    """How long the full run would train.

    Attributes:
        total: Optimizer steps in all; None where the batch is unknown.
        each_epoch: Of one pass.
        records_each: Records that a step takes.
        basis: How that was found.
    """

    total: int | None
    each_epoch: int | None
    records_each: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another living base like the one asked for, with its values for the same data."""

    base_model_id: str
    regions: tuple[str, ...]
    hyperparameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Optimal:
    """The answer of `get-optimal`.

    Attributes:
        requested: What was asked for.
        base_model_id: What the values are for: the base asked for, or the nearest that lives.
        tunable: Whether what was asked for can be fine-tuned.
        hyperparameters: All strings.
        reasons: Why each value.
        config: To start from; None where validate would refuse it for its size, its data or its region.
        problems: Why what was asked for cannot be had, and which limit the size breaks.
        nearest: Other living bases like the one asked for.
        records: Training records.
        measured: What was found in the file; None where only a number was given.
        grid: Learning rates for a sweep; None where the service chooses.
        steps: How long it would train.
        cost: Of the full run; unknown without a file.
        alternatives: Values for the other nearest bases.
        seen: Finished runs of the same base and a similar size; None where no table was looked into.
    """

    requested: str
    base_model_id: str
    tunable: bool
    hyperparameters: dict[str, str]
    reasons: tuple[Reason, ...]
    config: SuggestedConfig | None
    problems: tuple[Problem, ...]
    nearest: tuple[str, ...]
    records: int
    measured: Measured | None
    grid: RateGrid | None
    steps: Steps
    cost: CostAdvice
    alternatives: tuple[Alternative, ...]
    seen: tuple[PastRun, ...] | None
    schema_version: int = SCHEMA_VERSION

    @property
    def ok(self) -> bool:
        """Whether what was asked for can be had."""
        return self.tunable and self.config is not None
