"""Good values for a base and a size of data, each with its reason, source and confidence.

The algorithm is that of docs/bedrock.md, 8.2. Only knobs that the base has are suggested, and
of those only what there is a reason for; a knob with one accepted value is left to the service.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from finetune_guard.core.hyperparameters.base_model import BATCH, EPOCHS, WARMUP, BaseModel, plain_number
from finetune_guard.core.hyperparameters.rule import AWS_HP, AWS_NOVA, Certainty
from finetune_guard.core.hyperparameters.steps import RECORDS_A_WARMUP_STEP
from finetune_guard.core.sources import AWS_PREPARE, DERIVED, JUDGEMENT

#: Steps that a run should have for its loss to be judged (docs/bedrock.md, 8.1).
STEPS_WANTED = 100
#: Said of the knobs with which the service ends a job by itself; overfitting warns here and stops nothing.
STOPS_ITSELF = "The service ends the job by it; Finetune Guard does not stop a second time for overfitting."


@dataclass(frozen=True, slots=True)
class Reason:
    """One suggested value.

    Attributes:
        value: Text, as Bedrock takes it.
        reason: Why, in one sentence.
        source: Who says so.
        confidence: documented, derived, or a judgement of this project.
    """

    key: str
    value: str
    reason: str
    source: str
    confidence: Certainty


@dataclass(frozen=True, slots=True)
class _Case:
    base: BaseModel
    records: int
    validation: bool


Advice = Callable[[_Case], Iterator[Reason]]


def suggest(base: BaseModel, records: int, *, validation: bool) -> tuple[Reason, ...]:
    """Values for fine-tuning `base` on so many records; none for a family that is not advised on.

    Args:
        base: The base model.
        records: Training records.
        validation: Whether there is, or will be, a validation file.
    """
    advice = next((rule for prefix, rule in ADVICE.items() if base.family.startswith(prefix)), None)
    reasons = advice(_Case(base, records, validation)) if advice else ()
    return tuple(_legal(base, reason) for reason in reasons if reason.key in base.knobs)


def _legal(base: BaseModel, reason: Reason) -> Reason:
    """The reason with its value inside what the base accepts."""
    knob, value = base.knobs[reason.key], Decimal(reason.value)
    low = value if knob.minimum is None else max(value, knob.minimum)
    inside = low if knob.maximum is None else min(low, knob.maximum)
    return Reason(reason.key, plain_number(inside), reason.reason, reason.source, reason.confidence)


def _default_of(case: _Case, key: str) -> Reason:
    """The service's own default, as sure as the catalogue is of it."""
    default = case.base.knobs[key].default
    value = plain_number(default) if isinstance(default, Decimal) else str(default)
    sure = case.base.confirmed("hyperparameters")
    why = "The default." if sure else "The default that was seen; no page documents it for this base."
    return Reason(key, value, why, AWS_HP if sure else JUDGEMENT, "documented" if sure else "judgement")


def _nova(case: _Case) -> Iterator[Reason]:
    records = case.records
    epochs = 5 if records < 1000 else 2 if records <= 5000 else 1
    why = "5 below 1,000 records, 2 up to 5,000, 1 above."
    if records < 1000:
        why += " AWS also advises to put such small data in twice; that is left to you."
    yield Reason(EPOCHS, str(epochs), why, AWS_NOVA, "documented")
    if "nova-micro" in case.base.model_id:
        why = "Twice the default: Micro may gain from a larger rate, since its hidden batch is large."
        yield Reason("learningRate", "0.00002", why, AWS_NOVA, "judgement")
    else:
        yield _default_of(case, "learningRate")
    each = RECORDS_A_WARMUP_STEP.get(case.base.model_id)
    if each:
        warmup = min(20, round(records / each))
        why = f"Records ÷ {each}, at most 20, where two AWS pages agree."
        yield Reason(WARMUP, str(warmup), why, AWS_NOVA, "documented")


def _claude(case: _Case) -> Iterator[Reason]:
    records = case.records
    batch = max(4, min(32, 2 ** max(0, (records // 32).bit_length() - 1)))
    yield Reason(
        BATCH,
        str(batch),
        "About 32 steps an epoch or more; the default 32 from 1,024 records.",
        DERIVED,
        "derived",
    )
    epochs = max(2, min(10, -(-STEPS_WANTED * batch // max(1, records))))
    why = f"{STEPS_WANTED} steps or more, and at least the default 2."
    if records * 2 > 25_000:
        epochs, why = 1, "Once is enough for so many records: 25,000 records trained are a usual most."
    yield Reason(EPOCHS, str(epochs), why, DERIVED, "derived")
    multiplier = {4: "0.5", 8: "0.7"}.get(batch, "1")
    why = "The default, lowered with the square root of a small batch."
    yield Reason("learningRateMultiplier", multiplier, why, "paper 2205.10287", "derived")
    if case.validation:
        yield from _early_stopping(case)


def _early_stopping(case: _Case) -> Iterator[Reason]:
    """The service's own, at its defaults."""
    for key in ("earlyStoppingThreshold", "earlyStoppingPatience"):
        default = _default_of(case, key)
        yield replace(default, reason=f"{default.reason} {STOPS_ITSELF}")


def _llama(case: _Case) -> Iterator[Reason]:
    records = case.records
    epochs = 5 if records < 2000 else 3 if records < 5000 else 2 if records < 25_000 else 1
    yield _fewer_passes(case, epochs)
    yield _default_of(case, "learningRate")


def _fewer_passes(case: _Case, epochs: int) -> Reason:
    """The default on small data; what is left of it on more."""
    default = _default_of(case, EPOCHS)
    if str(epochs) == default.value:
        return default
    why = f"Fewer than the default {default.value}: the more records there are, the fewer passes they need."
    return Reason(EPOCHS, str(epochs), why, JUDGEMENT, "judgement")


def _titan_premier(case: _Case) -> Iterator[Reason]:
    yield _default_of(case, EPOCHS)
    yield _default_of(case, "learningRate")
    yield _titan_warmup(case, case.records * 2)


def _titan_warmup(case: _Case, steps: int) -> Reason:
    default = _default_of(case, WARMUP)
    warmup = round(0.05 * steps) if steps >= 50 else min(int(default.value), round(0.1 * steps))
    return Reason(
        WARMUP, str(warmup), "A twentieth of the steps; fewer on tiny data.", JUDGEMENT, "judgement"
    )


def _titan(case: _Case) -> Iterator[Reason]:
    epochs = 5 if case.records < 2000 else 3 if case.records < 5000 else 2
    yield _fewer_passes(case, epochs)
    yield _default_of(case, "learningRate")
    why = "The default; a larger batch halves the tokens that a record may have."
    yield Reason(BATCH, "1", why, AWS_PREPARE, "documented")
    yield _titan_warmup(case, case.records * epochs)


def _cohere(case: _Case) -> Iterator[Reason]:
    light = "light" in case.base.model_id
    batch = 8 if not light or case.records <= 2000 else 16 if case.records <= 8000 else 32
    yield Reason(BATCH, str(batch), "The default; larger for Light on much data.", JUDGEMENT, "judgement")
    epochs = 1 if case.records >= 1000 else min(10, -(-STEPS_WANTED * batch // max(1, case.records)))
    yield Reason(
        EPOCHS,
        str(epochs),
        f"{STEPS_WANTED} steps or more; the default 1 from 1,000 records.",
        DERIVED,
        "derived",
    )
    if not case.validation:
        yield _default_of(case, "learningRate")
    yield from _early_stopping(case)


#: By family prefix; the longer prefix first.
ADVICE: dict[str, Advice] = {
    "amazon-nova-canvas": lambda _: iter(()),
    "amazon-nova": _nova,
    "anthropic-claude": _claude,
    "meta-llama": _llama,
    "amazon-titan-text-premier": _titan_premier,
    "amazon-titan-text": _titan,
    "cohere": _cohere,
}
