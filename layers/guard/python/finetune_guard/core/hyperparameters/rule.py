"""What a rule is, and what it looks at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.hyperparameters.base_model import BaseModel
from finetune_guard.core.hyperparameters.steps import Batch, epochs_of, value_of

AWS_HP = "AWS, custom-models-hp"
AWS_PREPARE = "AWS, model-customization-prepare"
AWS_NOVA = "AWS, Nova user guide, customize-fine-tune-hyperparameters"
DERIVED = "derived by this project"
JUDGEMENT = "judgement of this project"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules look at.

    Attributes:
        base: The base model.
        values: Hyperparameters as given.
        records: Training records; None where the data has not been looked at.
        validation_records: Validation records; 0 without a file, None where it has not been looked at.
        will_split: Whether the plan sets a validation file apart.
        batch: Records that a step takes.
    """

    base: BaseModel
    values: Mapping[str, str]
    records: int | None
    validation_records: int | None
    will_split: bool
    batch: Batch

    @property
    def epochs(self) -> int:
        """Passes over the data."""
        return epochs_of(self.base, self.values)

    @property
    def steps(self) -> int | None:
        """Optimizer steps of the full run; None where records or batch are unknown."""
        return None if self.records is None else self.batch.steps(self.records, self.epochs)

    def number(self, key: str) -> Decimal | None:
        """The value in effect of a knob, given or default."""
        return value_of(self.base, self.values, key)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a rule found.

    Attributes:
        key: The hyperparameter, or the path's key; "" for the whole.
        message: One sentence.
        suggestion: The nearest thing that is accepted, or "".
        severity: In place of the rule's own, or "".
    """

    key: str
    message: str
    suggestion: str = ""
    severity: str = ""


Judge = Callable[[Setting], Iterator[Complaint]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the registry.

    Attributes:
        code: Stable, of docs/bedrock.md, 8.1.
        severity: error: the service refuses, or the run is meaningless; warning: allowed and likely harmful;
            info: worth saying.
        source: Where the rule is from.
        judge: Finds nothing, or complaints.
    """

    code: str
    severity: str
    source: str
    judge: Judge


def rule(code: str, severity: str, source: str) -> Callable[[Judge], Rule]:
    """Makes a rule of a judge."""
    return lambda judge: Rule(code, severity, source, judge)
