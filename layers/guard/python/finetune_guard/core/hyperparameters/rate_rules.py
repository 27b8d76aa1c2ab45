"""Rules about the learning rate and early stopping: legal values that published recipes keep away from."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from finetune_guard.core.hyperparameters.base_model import BATCH, BaseModel, plain_number
from finetune_guard.core.hyperparameters.rule import AWS_HP, Complaint, Setting, rule
from finetune_guard.core.refusals import overrulable
from finetune_guard.core.sources import DERIVED, JUDGEMENT

RATE, MULTIPLIER = "learningRate", "learningRateMultiplier"
THRESHOLD, PATIENCE = "earlyStoppingThreshold", "earlyStoppingPatience"

#: Claude: a multiplier above this on a batch below that takes a large step on a noisy gradient.
HIGH_MULTIPLIER, SMALL_BATCH = Decimal("1.5"), 16
#: Claude: an improvement that a validation set of a few hundred records cannot tell from noise.
LARGE_THRESHOLD = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class RateLines:
    """From which learning rate a remark, a warning and a refusal are due.

    Attributes:
        recipe: Above it a remark; None for none.
        warn: Above it a warning: the highest rate that published recipes use.
        refuse: Above it a refusal that may be overruled; None for none.
        at_once: Whether `warn` itself is warned of already.
    """

    warn: Decimal
    refuse: Decimal | None = None
    recipe: Decimal | None = None
    at_once: bool = False


#: By family prefix. Llama: 3e-4 for 8B and more, 1e-3 for 1B to 3B (Thinking Machines tinker-cookbook,
#: hyperparam_utils); Nova: 5e-5 (AWS, nova-sft-2-smhp), and 1e-4 is the family's own maximum.
RATE_LINES = {
    "amazon-nova": RateLines(Decimal("1e-4"), recipe=Decimal("5e-5"), at_once=True),
    "meta-llama": RateLines(Decimal("3e-4"), Decimal("1e-3")),
    "amazon-titan": RateLines(Decimal("1e-4"), Decimal("1e-3")),
    "cohere": RateLines(Decimal("1e-4"), Decimal("1e-3")),
}


def rate_lines(base: BaseModel) -> RateLines | None:
    """The lines of HP030; None where no recipe is known."""
    return next((lines for prefix, lines in RATE_LINES.items() if base.family.startswith(prefix)), None)


@rule(
    "HP030",
    "warning",
    f"{JUDGEMENT}, on published recipes (Thinking Machines tinker-cookbook; AWS, nova-sft-2-smhp)",
    "judgement",
    also=("error", "info"),
    standing=overrulable("the rate is legal; that it destroys the base is a judgement"),
)
def _high_rate(setting: Setting) -> Iterator[Complaint]:
    """The learning rate is above what published recipes use.

    Nova: above 0.00005 a note, at 0.0001 a warning. Llama: above 0.0003 a warning, Cohere and Titan: above
    0.0001; these three above 0.001 an error.
    """
    rate, lines = setting.number(RATE), rate_lines(setting.base)
    if rate is None or lines is None or RATE not in setting.values:
        return
    given, default = f"learningRate {plain_number(rate)}", _default(setting.base)
    if lines.refuse is not None and rate > lines.refuse:
        message = f"{given} is legal, and no published recipe goes above {plain_number(lines.refuse)}."
        yield Complaint(RATE, message, default, "error")
    elif rate > lines.warn or (lines.at_once and rate == lines.warn):
        yield Complaint(RATE, f"{given} is legal, and above what published recipes use.", default)
    elif lines.recipe is not None and rate > lines.recipe:
        yield Complaint(RATE, f"{given} is above the 0.00005 of AWS's own LoRA recipe.", default, "info")


@rule("HP031", "warning", JUDGEMENT, "judgement")
def _low_rate(setting: Setting) -> Iterator[Complaint]:
    """The learning rate is below a tenth of the base's default."""
    knob, rate = setting.base.knobs.get(RATE), setting.number(RATE)
    if knob is None or rate is None or not isinstance(knob.default, Decimal):
        return
    if rate < knob.default / 10:
        message = f"learningRate {plain_number(rate)} is below a tenth of the default: it may learn nothing."
        yield Complaint(RATE, message, _default(setting.base))


@rule("HP032", "warning", f"{JUDGEMENT}, on the square-root rule of Adam (arXiv 2205.10287)", "judgement")
def _bold_multiplier(setting: Setting) -> Iterator[Complaint]:
    """Claude: a learning-rate multiplier above 1.5 with a batch below 16."""
    multiplier, batch = setting.number(MULTIPLIER), setting.number(BATCH)
    if multiplier is None or batch is None or not setting.base.family.startswith("anthropic"):
        return
    if multiplier > HIGH_MULTIPLIER and batch < SMALL_BATCH:
        message = (
            f"A multiplier of {plain_number(multiplier)} with a batch of {plain_number(batch)} takes large "
            "steps on a noisy gradient."
        )
        yield Complaint(MULTIPLIER, message, f'"1", or a {BATCH} of {SMALL_BATCH} or more.')


@rule("HP033", "warning", AWS_HP)
def _rate_beside_validation(setting: Setting) -> Iterator[Complaint]:
    """Cohere: a learning rate together with a validation file; AWS says not to give one then."""
    if setting.base.family.startswith("cohere") and RATE in setting.values and setting.validates:
        message = "With a validation file AWS advises not to give learningRate for Cohere."
        yield Complaint(RATE, message, "Leave it out.")


@rule("HP060", "info", f"{DERIVED} from the standard error of a validation loss", "derived")
def _hasty_stop(setting: Setting) -> Iterator[Complaint]:
    """Early stopping inside the noise of the validation loss: a threshold above 0.02, or a patience of 1."""
    threshold, patience = setting.number(THRESHOLD), setting.number(PATIENCE)
    noise = "of one validation loss, so the job may stop while it still learns."
    if threshold is not None and threshold > LARGE_THRESHOLD:
        message = f"An improvement of {plain_number(threshold)} is asked for, about the noise {noise}"
        yield Complaint(THRESHOLD, message, _standard(setting.base, THRESHOLD))
    if patience is not None and patience == 1:
        message = f"A patience of 1 lets the noise decide {noise}"
        yield Complaint(PATIENCE, message, _standard(setting.base, PATIENCE))


def _default(base: BaseModel) -> str:
    return _standard(base, RATE)


def _standard(base: BaseModel, key: str) -> str:
    knob = base.knobs.get(key)
    return f'The default is "{knob.standard}".' if knob and knob.standard else ""


#: Rules that a sweep's rates are held to as well (sweep_rules.py).
HIGH_RATE, LOW_RATE, BOLD_MULTIPLIER = _high_rate, _low_rate, _bold_multiplier
RATE_BESIDE_VALIDATION = _rate_beside_validation

RATE_RULES = (_high_rate, _low_rate, _bold_multiplier, _rate_beside_validation, _hasty_stop)
