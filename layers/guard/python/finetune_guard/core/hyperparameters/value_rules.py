"""Rules that look at one hyperparameter: its name, its kind, its range."""

from collections.abc import Iterator

from finetune_guard.core.config import KEYS
from finetune_guard.core.config_problems import at_its_place
from finetune_guard.core.config_text import shown
from finetune_guard.core.hyperparameters.base_model import EPOCHS, WARMUP, BaseModel, Knob, plain_number
from finetune_guard.core.hyperparameters.foreign_names import foreign, nearest_name
from finetune_guard.core.hyperparameters.rule import AWS_HP, AWS_NOVA, RAISED, Complaint, Setting, rule
from finetune_guard.core.hyperparameters.steps import read_number

#: Families whose most epochs are a quota of the account, and the page that says so.
EPOCHS_QUOTA = ("meta-llama-3.1",)
AWS_EPOCHS = "AWS, cm-hp-meta-llama31: the epochCount quota is adjustable"


@rule("HP002", "error", AWS_HP, also=("info",))
def _unknown_key(setting: Setting) -> Iterator[Complaint]:
    """The base has no hyperparameter of this name. A note where AWS's page lists none and jobs took it."""
    for key in setting.values:
        knob = setting.base.knobs.get(key)
        if knob is None:
            message = f"{setting.base.model_id} has no hyperparameter {shown(key)}."
            yield Complaint(key, message, _nearest(key, setting.base))
        elif not knob.documented:
            message = (
                f"AWS's page does not list {key} for {setting.base.family}; jobs that sent it were accepted."
            )
            yield Complaint(key, message, "Leave it out: it does not seem to set the batch.", "info")


def _nearest(key: str, base: BaseModel) -> str:
    listed = [name for name, knob in base.knobs.items() if knob.documented]
    return f"{advice_on(key, listed)} Accepted: {', '.join(listed)}."


def advice_on(key: str, names: list[str]) -> str:
    """What to write in place of a hyperparameter that is none of `names`; a sentence."""
    known = foreign(key)
    if known is None and (place := at_its_place(key, KEYS)):
        return f"{place} is a key of the config: move it there, out of hyperparameters."
    if near := nearest_name(key, names):
        return f"Did you mean {near}?"
    return known.advice if known and known.advice else "Leave it out."


@rule("HP003", "error", AWS_HP)
def _wrong_kind(setting: Setting) -> Iterator[Complaint]:
    """The value is not of the kind that the base takes: "3.0" for a whole number, NaN, a word."""
    for key, knob, text in _given(setting):
        if not _of_kind(knob, text):
            yield Complaint(key, f"{key} must be {knob.accepted}, as text.", _default(knob))


@rule("HP004", "error", AWS_HP, elsewhere=((AWS_EPOCHS, RAISED),))
def _out_of_range(setting: Setting) -> Iterator[Complaint]:
    """The value is outside the range of the base. Llama 3.1's most epochs are an adjustable quota."""
    for key, knob, text in _given(setting):
        value = read_number(knob, text)
        if value is None or not _of_kind(knob, text):
            continue
        if (knob.minimum is not None and value < knob.minimum) or (
            knob.maximum is not None and value > knob.maximum
        ):
            nearest = knob.minimum if knob.minimum is not None and value < knob.minimum else knob.maximum
            message = f"{key} must be {knob.accepted}, for {setting.base.model_id}."
            raised = key == EPOCHS and nearest == knob.maximum and setting.base.family in EPOCHS_QUOTA
            source = AWS_EPOCHS if raised else ""
            yield Complaint(key, message, f'Nearest is "{plain_number(nearest)}".', source=source)


@rule("HP005", "error", AWS_HP)
def _missing(setting: Setting) -> Iterator[Complaint]:
    """The base requires a hyperparameter that is not given."""
    for key, knob in setting.base.knobs.items():
        if knob.required and key not in setting.values:
            yield Complaint(key, f"{setting.base.model_id} requires {key}: {knob.accepted}.", f"Add {key}.")


@rule("HP006", "warning", f"{AWS_HP}; {AWS_NOVA}")
def _disputed_warmup(setting: Setting) -> Iterator[Complaint]:
    """Nova: warm-up of 21 to 100 steps, where one AWS page has 20 as the most and another 100."""
    warmup = setting.number(WARMUP)
    if setting.base.family.startswith("amazon-nova") and warmup is not None and 20 < warmup <= 100:
        message = f"Two AWS pages disagree on the most warm-up steps, 20 or 100; {warmup} is between."
        yield Complaint(WARMUP, message, '"20" is within both.')


def _given(setting: Setting) -> Iterator[tuple[str, Knob, str]]:
    return (
        (key, knob, text) for key, text in setting.values.items() if (knob := setting.base.knobs.get(key))
    )


def _of_kind(knob: Knob, text: str) -> bool:
    if knob.also and text == knob.also:
        return True
    return text in knob.values if knob.kind == "enum" else read_number(knob, text) is not None


def _default(knob: Knob) -> str:
    return f'The default is "{knob.standard}".' if knob.standard else ""


#: A rule that a sweep's rates are held to as well (sweep_rules.py).
OUT_OF_RANGE = _out_of_range

VALUE_RULES = (_unknown_key, _wrong_kind, _out_of_range, _missing, _disputed_warmup)
