"""Rules that look at the steps a setting gives: too few to judge, too few for warm-up, more than advised."""

from collections.abc import Iterator
from decimal import Decimal

from finetune_guard.core.hyperparameters.base_model import BATCH, EPOCHS, WARMUP
from finetune_guard.core.hyperparameters.rule import AWS_NOVA, Complaint, Setting, advised_by_nova_guide, rule
from finetune_guard.core.hyperparameters.steps import RECORDS_A_WARMUP_STEP
from finetune_guard.core.sources import DERIVED, JUDGEMENT

#: Below this many steps no detector sees more than a broken run; from the second on it sees well.
JUDGED, WANTED = 30, 100
#: Records times epochs above which OpenAI's published rule lowers the epochs.
MUCH_TRAINING = 25_000


@rule("HP020", "warning", f"{DERIVED}; {AWS_NOVA}", "derived")
def _only_warmup(setting: Setting) -> Iterator[Complaint]:
    """Warm-up takes all the steps or more."""
    warmup, steps = setting.number(WARMUP), setting.steps
    if warmup is not None and steps is not None and warmup >= steps:
        message = (
            f"Warm-up takes {warmup} of about {steps} steps: the learning rate never reaches its set value."
        )
        yield Complaint(WARMUP, message, _tenth(steps))


@rule("HP021", "warning", f"{JUDGEMENT}: 3 to 10 % are usual", "judgement")
def _long_warmup(setting: Setting) -> Iterator[Complaint]:
    """Warm-up takes more than a fifth of the steps."""
    warmup, steps = setting.number(WARMUP), setting.steps
    if warmup is not None and steps is not None and steps > warmup > steps * Decimal("0.2"):
        message = f"Warm-up takes {warmup} of about {steps} steps; 3 to 10 percent are usual."
        yield Complaint(WARMUP, message, _tenth(steps))


@rule("HP022", "info", AWS_NOVA)
def _more_warmup_than_advised(setting: Setting) -> Iterator[Complaint]:
    """Nova: over three times the warm-up that AWS advises, records ÷ 640 (Micro), 160 (Lite), 320 (Pro)."""
    warmup, each = setting.number(WARMUP), RECORDS_A_WARMUP_STEP.get(setting.base.model_id)
    if warmup is None or each is None or setting.records is None or WARMUP not in setting.values:
        return
    advised = max(1, round(setting.records / each))
    if warmup > 3 * advised:
        message = f"AWS advises records ÷ {each}, which is {advised}; {warmup} is more than three times that."
        yield Complaint(WARMUP, message, f'"{advised}"')


@rule("HP040", "warning", f"{DERIVED} from what the detectors need (docs/signals.md)", "derived")
def _too_short_to_judge(setting: Setting) -> Iterator[Complaint]:
    """Fewer than 30 steps."""
    steps = setting.steps
    if steps is not None and steps < JUDGED:
        message = f"About {steps} steps ({setting.batch.basis}): too few to see anything but a broken run."
        yield Complaint("", message, "Add records or epochs.")


@rule("HP041", "warning", "Vertex AI tuning documentation: about 110 steps as target")
def _few_steps(setting: Setting) -> Iterator[Complaint]:
    """30 to 99 steps, where more epochs or a smaller batch would give more."""
    steps, epochs = setting.steps, setting.base.knobs.get(EPOCHS)
    batch = setting.base.knobs.get(BATCH)
    if steps is None or not JUDGED <= steps < WANTED:
        return
    message = f"About {steps} steps ({setting.batch.basis}); {WANTED} or more is what others aim at."
    if epochs and epochs.maximum and setting.epochs < epochs.maximum:
        wanted = min(int(epochs.maximum), -(-WANTED * setting.epochs // steps))
        yield Complaint(EPOCHS, message, f'"{wanted}" epochs give about {steps * wanted // setting.epochs}.')
    elif batch and batch.documented and batch.minimum and (setting.number(BATCH) or 0) > batch.minimum:
        yield Complaint(BATCH, message, "A smaller batch gives more steps.")


@rule("HP042", "warning", DERIVED, "derived")
def _large_batch(setting: Setting) -> Iterator[Complaint]:
    """The batch is more than a tenth of the records: fewer than ten updates an epoch."""
    batch, records = setting.batch.records, setting.records
    if batch and records and batch > records / 10:
        message = f"A step takes about {batch:g} of {records} records: fewer than 10 steps an epoch."
        key = BATCH if BATCH in setting.values else ""
        yield Complaint(key, message, "Add records, or lower the batch where the base allows it.")


@rule("HP043", "info", "OpenAI cookbook, fine-tuning data preparation: rule for epochs")
def _much_training(setting: Setting) -> Iterator[Complaint]:
    """More than one epoch, and epochs times records above 25,000."""
    epochs, records = setting.epochs, setting.records
    if records is not None and epochs > 1 and epochs * records > MUCH_TRAINING:
        fewer = max(1, MUCH_TRAINING // records)
        message = f"{epochs} passes over {records} records; OpenAI's rule would take {fewer} for so many."
        yield Complaint(EPOCHS, message, f'"{fewer}" costs {fewer}/{epochs} of it.')


@rule("HP044", "info", AWS_NOVA)
def _more_epochs_than_advised(setting: Setting) -> Iterator[Complaint]:
    """Nova: more than 2 epochs for 1,000 to 5,000 records, more than 1 above 5,000."""
    records = setting.records
    if records is None or records < 1000 or not advised_by_nova_guide(setting.base):
        return
    advised = 2 if records <= 5000 else 1
    if setting.epochs > advised:
        epochs = "2 epochs up to 5,000" if advised == 2 else "1 epoch above 5,000"
        message = f"AWS advises {epochs} records; there are {records}, and {setting.epochs} epochs."
        yield Complaint(EPOCHS, message, f'"{advised}"')


def _tenth(steps: int) -> str:
    return f'"{max(0, steps // 10)}" is a tenth of the steps.'


STEP_RULES = (
    _only_warmup,
    _long_warmup,
    _more_warmup_than_advised,
    _too_short_to_judge,
    _few_steps,
    _large_batch,
    _much_training,
    _more_epochs_than_advised,
)
