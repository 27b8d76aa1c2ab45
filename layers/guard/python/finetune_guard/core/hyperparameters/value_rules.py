"""Rules that look at one hyperparameter: its name, its kind, its range, its learning rate."""

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches

from finetune_guard.core.hyperparameters.base_model import WARMUP, BaseModel, Knob, plain_number
from finetune_guard.core.hyperparameters.rule import (
    AWS_HP,
    AWS_NOVA,
    JUDGEMENT,
    Complaint,
    Setting,
    rule,
)
from finetune_guard.core.hyperparameters.steps import RECORDS_A_WARMUP_STEP, read_number

#: What other trainers call a thing, and the names that Bedrock's bases have for it, nearest first.
KNOWN_ELSEWHERE = {
    "weightdecay": (),
    "scheduler": (WARMUP,),
    "lrscheduler": (WARMUP,),
    "warmupsteps": (WARMUP,),
    "warmupratio": (WARMUP,),
    "learningrate": ("learningRate", "learningRateMultiplier"),
    "lorarank": (),
    "loraalpha": (),
    "epochs": ("epochCount", "stepCount"),
}

#: Rates above which a warning is due, by family prefix: the highest that published recipes use. Llama: 3e-4
#: for 8B and more (Thinking Machines tinker-cookbook, hyperparam_utils); Nova: 5e-5 (AWS, nova-sft-2-smhp).
HIGH_RATES = {
    "amazon-nova": Decimal("1e-4"),
    "meta-llama": Decimal("3e-4"),
    "amazon-titan": Decimal("1e-4"),
    "cohere": Decimal("1e-4"),
}
#: Worth a remark only.
NOVA_RECIPE = Decimal("5e-5")


def high_rate(base: BaseModel) -> Decimal | None:
    """The rate from which HP030 warns; None where no recipe is known."""
    return next((rate for prefix, rate in HIGH_RATES.items() if base.family.startswith(prefix)), None)


@rule("HP002", "error", AWS_HP)
def _unknown_key(setting: Setting) -> Iterator[Complaint]:
    for key in setting.values:
        knob = setting.base.knobs.get(key)
        if knob is None:
            message = f"{key[:60]} is not a hyperparameter of {setting.base.model_id}."
            yield Complaint(key, message, _nearest(key, setting.base))
        elif not knob.documented:
            message = (
                f"AWS's page does not list {key} for {setting.base.family}; jobs that sent it were accepted."
            )
            yield Complaint(key, message, "Leave it out: it does not seem to set the batch.", "info")


def _nearest(key: str, base: BaseModel) -> str:
    nearest, names = nearest_name(key, tuple(base.knobs)), ", ".join(base.knobs)
    return f"Nearest is {nearest}. Accepted: {names}." if nearest else f"Leave it out. Accepted: {names}."


def nearest_name(key: str, names: tuple[str, ...]) -> str:
    """The one of `names` that most likely does what `key` was meant to do; "" where none does."""
    plain = key.lower().replace("_", "")
    elsewhere = KNOWN_ELSEWHERE.get(plain)
    if elsewhere is not None:
        return next((name for name in elsewhere if name in names), "")
    by_lower = {name.lower(): name for name in names}
    close = get_close_matches(plain, by_lower, 1, 0.6)
    return by_lower[close[0]] if close else ""


@rule("HP003", "error", AWS_HP)
def _wrong_kind(setting: Setting) -> Iterator[Complaint]:
    for key, knob, text in _given(setting):
        if not _of_kind(knob, text):
            yield Complaint(key, f"{key} must be {knob.accepted}, as text.", _default(knob))


@rule("HP004", "error", AWS_HP)
def _out_of_range(setting: Setting) -> Iterator[Complaint]:
    for key, knob, text in _given(setting):
        value = read_number(knob, text)
        if value is None or not _of_kind(knob, text):
            continue
        if (knob.minimum is not None and value < knob.minimum) or (
            knob.maximum is not None and value > knob.maximum
        ):
            nearest = knob.minimum if knob.minimum is not None and value < knob.minimum else knob.maximum
            message = f"{key} must be {knob.accepted}, for {setting.base.model_id}."
            yield Complaint(key, message, f'Nearest is "{plain_number(nearest)}".')


@rule("HP005", "error", AWS_HP)
def _missing(setting: Setting) -> Iterator[Complaint]:
    for key, knob in setting.base.knobs.items():
        if knob.required and key not in setting.values:
            yield Complaint(key, f"{setting.base.model_id} requires {key}: {knob.accepted}.", f"Add {key}.")


@rule("HP006", "warning", f"{AWS_HP}; {AWS_NOVA}")
def _disputed_warmup(setting: Setting) -> Iterator[Complaint]:
    warmup = setting.number(WARMUP)
    if setting.base.family.startswith("amazon-nova") and warmup is not None and 20 < warmup <= 100:
        message = f"Two AWS pages disagree on the most warm-up steps, 20 or 100; {warmup} is between."
        yield Complaint(WARMUP, message, '"20" is within both.')


@rule("HP022", "info", AWS_NOVA)
def _more_warmup_than_advised(setting: Setting) -> Iterator[Complaint]:
    warmup, each = setting.number(WARMUP), RECORDS_A_WARMUP_STEP.get(setting.base.model_id)
    if warmup is None or each is None or setting.records is None or WARMUP not in setting.values:
        return
    advised = max(1, round(setting.records / each))
    if warmup > 3 * advised:
        message = f"AWS advises records ÷ {each}, which is {advised}; {warmup} is more than three times that."
        yield Complaint(WARMUP, message, f'"{advised}"')


@rule("HP030", "warning", JUDGEMENT)
def _high_rate(setting: Setting) -> Iterator[Complaint]:
    rate, limit = setting.number("learningRate"), high_rate(setting.base)
    if rate is None or limit is None or "learningRate" not in setting.values:
        return
    nova = setting.base.family.startswith("amazon-nova")
    if rate > limit or (nova and rate == limit):
        message = f"learningRate {plain_number(rate)} is legal, and above what published recipes use."
        yield Complaint("learningRate", message, _default(setting.base.knobs["learningRate"]))
    elif nova and rate > NOVA_RECIPE:
        message = f"learningRate {plain_number(rate)} is above the 0.00005 of AWS's own LoRA recipe."
        yield Complaint("learningRate", message, _default(setting.base.knobs["learningRate"]), "info")


@rule("HP031", "warning", JUDGEMENT)
def _low_rate(setting: Setting) -> Iterator[Complaint]:
    knob, rate = setting.base.knobs.get("learningRate"), setting.number("learningRate")
    if knob is None or rate is None or not isinstance(knob.default, Decimal):
        return
    if rate < knob.default / 10:
        message = f"learningRate {plain_number(rate)} is below a tenth of the default: it may learn nothing."
        yield Complaint("learningRate", message, _default(knob))


def _given(setting: Setting) -> Iterator[tuple[str, Knob, str]]:
    return (
        (key, knob, text) for key, text in setting.values.items() if (knob := setting.base.knobs.get(key))
    )


def _of_kind(knob: Knob, text: str) -> bool:
    if knob.also and text == knob.also:
        return True
    return text in knob.values if knob.kind == "enum" else read_number(knob, text) is not None


def _default(knob: Knob) -> str:
    default = plain_number(knob.default) if isinstance(knob.default, Decimal) else knob.default
    return f'The default is "{default}".' if default else ""


VALUE_RULES = (
    _unknown_key,
    _wrong_kind,
    _out_of_range,
    _missing,
    _disputed_warmup,
    _more_warmup_than_advised,
    _high_rate,
    _low_rate,
)
