"""Rules that look at the data's size: records, validation records and tokens against the base's limits."""

from collections.abc import Iterator
from dataclasses import dataclass

from finetune_guard.core.config_keys import TRAINING, VALIDATION
from finetune_guard.core.hyperparameters.base_model import BATCH, EPOCHS
from finetune_guard.core.hyperparameters.rule import (
    AWS_NOVA,
    RAISED,
    Complaint,
    Setting,
    advised_by_nova_guide,
    rule,
)
from finetune_guard.core.refusals import overrulable
from finetune_guard.core.sources import AWS_PREPARE, DERIVED

#: "Sum of training and validation records" is a quota of the account (docs/bedrock.md, 5.3).
AWS_QUOTA = "AWS, Bedrock quotas: sum of training and validation records, adjustable"

#: Below this many training records AWS's Nova guide expects little of a task.
NOVA_RECORDS = 100
#: The standard error of a mean loss over so many records is .05 to .1 nat, at a spread of .5 to 1.
VALIDATION_RECORDS = 100
#: Below this many records, from so many epochs on, overfitting is likely.
FEW_RECORDS, MANY_EPOCHS = 500, 4

#: Tokens of one record, and from which batch on no more are taken (AWS, model-customization-prepare).
BATCH_TOKENS = 2048
LARGE_BATCHES = {"amazon.titan-text-express": 2, "amazon.titan-text-lite": 3}


@dataclass(frozen=True, slots=True)
class RecordLimit:
    """Most records that a job may have, whose limit it is, and how many there are.

    Attributes:
        key: The config key to change.
        what: What is counted, for a person.
        most: The limit.
        given: How many there are.
        source: AWS_QUOTA where the limit can be raised, the service's own page where it cannot.
    """

    key: str
    what: str
    most: int
    given: int
    source: str


def record_limits(setting: Setting) -> Iterator[RecordLimit]:
    """Every upper limit on records that holds for this base and account.

    The one place that knows them: a base whose sum is limited has a quota, which can be raised; the other
    figures are the service's own.
    """
    limits, records, beside = setting.base.limits, setting.records, setting.validation_records or 0
    source = AWS_PREPARE if limits.max_sum is None else AWS_QUOTA
    if records is not None and limits.max_records is not None:
        yield RecordLimit(TRAINING, "training records", limits.max_records, records, source)
    if records is not None and limits.max_sum is not None and records <= (limits.max_records or records):
        what = "training and validation records"
        yield RecordLimit(TRAINING, what, limits.max_sum, records + beside, source)
    if limits.max_validation is not None:
        yield RecordLimit(VALIDATION, "validation records", limits.max_validation, beside, AWS_PREPARE)


@rule("HP010", "error", AWS_PREPARE)
def _too_few(setting: Setting) -> Iterator[Complaint]:
    """Fewer records than the base's minimum."""
    limits, records = setting.base.limits, setting.records
    least, with_validation = limits.min_records, limits.min_counts_validation
    if records is not None and with_validation:
        records += setting.validation_records or 0
    if least is not None and records is not None and records < least:
        kind = "training and validation" if with_validation else "training"
        message = f"{setting.base.model_id} needs at least {least} {kind} records; there are {records}."
        yield Complaint(TRAINING, message, f"Add {least - records} or more.")


@rule("HP011", "error", AWS_PREPARE, elsewhere=((AWS_QUOTA, RAISED),))
def _too_many(setting: Setting) -> Iterator[Complaint]:
    """More records than the base takes. Where the limit is an adjustable quota, a person may know better."""
    for limit in record_limits(setting):
        if limit.given > limit.most:
            message = (
                f"{setting.base.model_id} takes at most {limit.most} {limit.what}; there are {limit.given}."
            )
            raised = " The limit is a quota, which can be raised." if limit.source == AWS_QUOTA else ""
            advice = f"Keep {limit.most} of them, or split the file.{raised}"
            yield Complaint(limit.key, message, advice, source=limit.source)


@rule(
    "HP013",
    "error",
    AWS_PREPARE,
    also=("warning",),
    standing=overrulable("tokens are estimated from characters; Bedrock counts them"),
)
def _batch_of_long_records(setting: Setting) -> Iterator[Complaint]:
    """Titan Express from a batch of 2, Lite from 3: a record of more than 2,048 tokens.

    An error where it has them even at 6 characters a token, a warning where it has them at 3 only.
    """
    from_batch = next(
        (batch for name, batch in LARGE_BATCHES.items() if setting.base.model_id.startswith(name)), None
    )
    batch, longest = setting.number(BATCH), setting.longest
    if from_batch is None or batch is None or longest is None or batch < from_batch:
        return
    if longest.high > BATCH_TOKENS:
        message = (
            f"With a {BATCH} of {from_batch} or more a record may have {BATCH_TOKENS} tokens; the longest "
            f"has {longest.low} to {longest.high}, estimated from its characters."
        )
        severity = "" if longest.low > BATCH_TOKENS else "warning"
        yield Complaint(BATCH, message, f'"{from_batch - 1}" takes records twice as long.', severity)


@rule("HP014", "warning", AWS_NOVA)
def _few_for_nova(setting: Setting) -> Iterator[Complaint]:
    """Nova: fewer than 100 training records, the least that AWS recommends for a task."""
    records = setting.records
    if advised_by_nova_guide(setting.base) and records is not None and records < NOVA_RECORDS:
        message = f"AWS recommends {NOVA_RECORDS} records or more for each task; there are {records}."
        yield Complaint(TRAINING, message, f"Add {NOVA_RECORDS - records} or more.")


@rule("HP045", "warning", DERIVED, "derived")
def _blind_to_overfitting(setting: Setting) -> Iterator[Complaint]:
    """Four epochs or more over fewer than 500 records without a validation file."""
    records = setting.records
    if records is None or records >= FEW_RECORDS or setting.epochs < MANY_EPOCHS or setting.validates:
        return
    message = (
        f"{setting.epochs} passes over {records} records are likely to overfit, and without a validation "
        "file nobody sees it."
    )
    advice = "Give a validation file, or fewer epochs." if setting.base.limits.validation else "Fewer epochs."
    yield Complaint(EPOCHS, message, advice)


@rule("HP050", "warning", AWS_PREPARE)
def _no_validation(setting: Setting) -> Iterator[Complaint]:
    """The base takes a validation file and there will be none."""
    if setting.base.limits.validation and not setting.validates:
        early = "earlyStoppingPatience" in setting.base.knobs
        stop = ", and early stopping has nothing to go by" if early else ""
        message = f"There is no validation file: overfitting cannot be seen{stop}."
        yield Complaint(VALIDATION, message, f"Give one of {VALIDATION_RECORDS} or more records.")


@rule("HP052", "warning", f"{DERIVED} from the standard error of a mean", "derived")
def _small_validation(setting: Setting) -> Iterator[Complaint]:
    """A validation file of fewer than 100 records."""
    beside = setting.validation_records
    if setting.base.limits.validation and beside and beside < VALIDATION_RECORDS:
        error = 0.5 / beside**0.5
        message = (
            f"{beside} validation records tell the loss only to about ±{error:.2f} to {2 * error:.2f} nat."
        )
        yield Complaint(VALIDATION, message, f"Give {VALIDATION_RECORDS} or more.")


SIZE_RULES = (
    _too_few,
    _too_many,
    _batch_of_long_records,
    _few_for_nova,
    _blind_to_overfitting,
    _no_validation,
    _small_validation,
)
