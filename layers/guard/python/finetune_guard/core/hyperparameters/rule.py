"""What a rule is, and what it looks at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finetune_guard.core.hyperparameters.base_model import BaseModel, RecordSchema
from finetune_guard.core.hyperparameters.steps import Batch, epochs_of, value_of
from finetune_guard.core.plans import TokenRange
from finetune_guard.core.refusals import BEDROCKS_OWN, NEVER, Standing, overrulable

AWS_HP = "AWS, custom-models-hp"
AWS_NOVA = "AWS, Nova user guide, customize-fine-tune-hyperparameters"

#: Of a limit that is a quota.
RAISED = overrulable("the quota is adjustable, and may have been raised for your account")

#: How sure a rule is: a vendor's page says so, it follows from one, or this project judges so.
Certainty = Literal["documented", "derived", "judgement"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rules look at.

    Attributes:
        base: The base model, with the limits that hold for this account.
        values: Hyperparameters as given.
        records: Training records; None where the data has not been looked at.
        validation_records: Validation records; 0 without a file, None where it has not been looked at.
        will_split: Whether the plan sets a validation file apart.
        batch: Records that a step takes.
        longest: Tokens of the longest training record; None where the data has not been looked at.
        sweep: Rates that the rehearsal is to try, as given; empty where none are.
    """

    base: BaseModel
    values: Mapping[str, str]
    records: int | None
    validation_records: int | None
    will_split: bool
    batch: Batch
    longest: TokenRange | None = None
    sweep: tuple[Decimal, ...] = ()

    @property
    def epochs(self) -> int:
        """Passes over the data."""
        return epochs_of(self.base, self.values)

    @property
    def steps(self) -> int | None:
        """Optimizer steps of the full run; None where records or batch are unknown."""
        return None if self.records is None else self.batch.steps(self.records, self.epochs)

    @property
    def validates(self) -> bool:
        """Whether there is a validation file, or will be one."""
        return self.base.limits.validation and (self.validation_records != 0 or self.will_split)

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
        source: In place of the rule's own, or "".
        given: What was given, where the key is no hyperparameter, or "".
    """

    key: str
    message: str
    suggestion: str = ""
    severity: str = ""
    source: str = ""
    given: str = ""


def advised_by_nova_guide(base: BaseModel) -> bool:
    """Whether AWS's Nova guide on text fine-tuning speaks of the base."""
    return base.family.startswith("amazon-nova") and base.limits.schema is RecordSchema.CONVERSATION


Judge = Callable[[Setting], Iterator[Complaint]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the registry.

    Attributes:
        code: Stable, of docs/rules.md.
        severities: The rule's own first, then those that a complaint may have in its place. error: the
            service refuses, or the run is meaningless; warning: allowed and likely harmful; info: worth
            saying.
        source: Where the rule is from.
        certainty: How sure that is; a judgement is called one in the source and in each message.
        standing: Whether a person may overrule its errors.
        elsewhere: Sources of single complaints, with the standing that they give.
        judge: Finds nothing, or complaints; its docstring is what docs/rules.md says of the rule.
    """

    code: str
    severities: tuple[str, ...]
    source: str
    certainty: Certainty
    standing: Standing
    elsewhere: tuple[tuple[str, Standing], ...]
    judge: Judge

    @property
    def severity(self) -> str:
        """Of a complaint that names none."""
        return self.severities[0]

    @property
    def what(self) -> str:
        """What it complains of, in a sentence or two."""
        return " ".join((self.judge.__doc__ or "").split())


def rule(
    code: str,
    severity: str,
    source: str,
    certainty: Certainty = "documented",
    *,
    also: tuple[str, ...] = (),
    standing: Standing | None = None,
    elsewhere: tuple[tuple[str, Standing], ...] = (),
) -> Callable[[Judge], Rule]:
    """Makes a rule of a judge; an error is the service's own refusal unless `standing` says otherwise."""
    severities = (severity, *also)
    stands = standing or (BEDROCKS_OWN if "error" in severities else NEVER)
    return lambda judge: Rule(code, severities, source, certainty, stands, elsewhere, judge)
