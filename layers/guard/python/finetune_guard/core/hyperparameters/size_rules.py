"""Rules that look at the data's size and at the steps it gives."""

from collections.abc import Iterator
from decimal import Decimal

from finetune_guard.core.hyperparameters.base_model import BATCH, EPOCHS, WARMUP
from finetune_guard.core.hyperparameters.rule import (
    AWS_PREPARE,
    DERIVED,
    JUDGEMENT,
    Complaint,
    Setting,
    rule,
)


@rule("HP010", "error", AWS_PREPARE)
def _too_few(setting: Setting) -> Iterator[Complaint]:
    limits, records = setting.base.limits, setting.records
    least, with_validation = limits.min_records, limits.min_counts_validation
    if records is not None and with_validation:
        records += setting.validation_records or 0
    if least is not None and records is not None and records < least:
        kind = "training and validation" if with_validation else "training"
        message = f"{setting.base.model_id} needs at least {least} {kind} records; there are {records}."
        yield Complaint("training_data_path", message, f"Add {least - records} or more.")


@rule("HP011", "error", AWS_PREPARE)
def _too_many(setting: Setting) -> Iterator[Complaint]:
    limits, records, base = setting.base.limits, setting.records, setting.base.model_id
    beside = setting.validation_records or 0
    quota = "Split the file; or, where the quota was raised for your account, wait for --accept."
    if limits.max_records is not None and records is not None and records > limits.max_records:
        message = f"{base} takes at most {limits.max_records} training records; there are {records}."
        yield Complaint("training_data_path", message, quota)
    elif limits.max_sum is not None and records is not None and records + beside > limits.max_sum:
        message = (
            f"{base} takes at most {limits.max_sum} records with validation; there are {records + beside}."
        )
        yield Complaint("training_data_path", message, quota)
    if limits.max_validation is not None and beside > limits.max_validation:
        message = f"{base} takes at most {limits.max_validation} validation records; there are {beside}."
        yield Complaint("validation_data_path", message, f"Keep {limits.max_validation} of them.")


@rule("HP020", "warning", DERIVED)
def _only_warmup(setting: Setting) -> Iterator[Complaint]:
    warmup, steps = setting.number(WARMUP), setting.steps
    if warmup is not None and steps is not None and warmup >= steps:
        message = (
            f"Warm-up takes {warmup} of about {steps} steps: the learning rate never reaches its set value."
        )
        yield Complaint(WARMUP, message, f'"{max(0, steps // 10)}" is a tenth of the steps.')


@rule("HP021", "warning", JUDGEMENT)
def _long_warmup(setting: Setting) -> Iterator[Complaint]:
    warmup, steps = setting.number(WARMUP), setting.steps
    if warmup is not None and steps is not None and steps > warmup > steps * Decimal("0.2"):
        message = f"Warm-up takes {warmup} of about {steps} steps; 3 to 10 percent are usual."
        yield Complaint(WARMUP, message, f'"{max(0, steps // 10)}" is a tenth of the steps.')


@rule("HP040", "warning", DERIVED)
def _too_short_to_judge(setting: Setting) -> Iterator[Complaint]:
    steps = setting.steps
    if steps is not None and steps < 30:
        message = f"About {steps} steps ({setting.batch.basis}): too few to see anything but a broken run."
        yield Complaint("", message, "Add records or epochs.")


@rule("HP041", "warning", "Vertex AI tuning documentation: about 110 steps as target")
def _few_steps(setting: Setting) -> Iterator[Complaint]:
    steps, epochs = setting.steps, setting.base.knobs.get(EPOCHS)
    batch = setting.base.knobs.get(BATCH)
    if steps is None or not 30 <= steps < 100:
        return
    message = f"About {steps} steps ({setting.batch.basis}); 100 or more is what others aim at."
    if epochs and epochs.maximum and setting.epochs < epochs.maximum:
        wanted = min(int(epochs.maximum), -(-100 * setting.epochs // steps))
        yield Complaint(EPOCHS, message, f'"{wanted}" epochs give about {steps * wanted // setting.epochs}.')
    elif batch and batch.documented and batch.minimum and (setting.number(BATCH) or 0) > batch.minimum:
        yield Complaint(BATCH, message, "A smaller batch gives more steps.")


@rule("HP042", "warning", DERIVED)
def _large_batch(setting: Setting) -> Iterator[Complaint]:
    batch, records = setting.batch.records, setting.records
    if batch and records and batch > records / 10:
        message = f"A step takes about {batch:g} of {records} records: fewer than 10 steps an epoch."
        key = BATCH if BATCH in setting.values else ""
        yield Complaint(key, message, "Add records, or lower the batch where the base allows it.")


@rule("HP050", "warning", AWS_PREPARE)
def _no_validation(setting: Setting) -> Iterator[Complaint]:
    supported = setting.base.limits.validation
    if supported and setting.validation_records == 0 and not setting.will_split:
        message = "There is no validation file: overfitting cannot be seen."
        yield Complaint("validation_data_path", message, "Give one of 100 or more records.")


SIZE_RULES = (
    _too_few,
    _too_many,
    _only_warmup,
    _long_warmup,
    _too_short_to_judge,
    _few_steps,
    _large_batch,
    _no_validation,
)
