"""How many optimizer steps a setting gives, and how sure that is.

Bedrock has no step limit: steps = epochs × records ÷ batch, rounded up per epoch. The batch that the service
really uses is hidden in some families, so every answer carries its basis.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from finetune_guard.core.hyperparameters.base_model import BATCH, EPOCHS, BaseModel, Knob
from finetune_guard.core.observations import BaseModelFacts

#: Records for one step of warm-up (AWS, Nova user guide, customize-fine-tune-hyperparameters).
RECORDS_A_WARMUP_STEP = {
    "amazon.nova-micro-v1:0:128k": 640,
    "amazon.nova-lite-v1:0:300k": 160,
    "amazon.nova-pro-v1:0:300k": 320,
}

#: Longest text of a number, and largest power of ten: those of a double.
LONGEST_NUMBER, LARGEST_EXPONENT = 400, 308


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that one optimizer step takes.

    Attributes:
        records: None where nobody can say.
        basis: How it was found, for a person.
    """

    records: float | None
    basis: str

    def steps(self, records: int, epochs: int) -> int | None:
        """Steps of so many epochs; None where the batch is unknown."""
        return None if not self.records else math.ceil(records / self.records) * epochs


def batch_of(base: BaseModel, values: Mapping[str, str], seen: BaseModelFacts | None = None) -> Batch:
    """The batch that a job of `base` with these hyperparameters trains with.

    What the user sets wins where the family really lets it be set; then what finished jobs of this account
    showed; then a first guess for the family.
    """
    knob = base.knobs.get(BATCH)
    if knob and knob.documented and not knob.fixed:
        given = read_number(knob, values.get(BATCH)) or read_number(knob, str(knob.default))
        return Batch(float(given) if given else None, f"{BATCH} as set")
    if seen and seen.records_per_step:
        jobs = "1 job" if seen.jobs_seen == 1 else f"{seen.jobs_seen} jobs"
        return Batch(seen.records_per_step, f"calibrated from {jobs}")
    if base.records_per_step:
        return Batch(float(base.records_per_step), f"a first guess for the family, {base.records_per_step}")
    if knob and knob.documented and knob.minimum:
        return Batch(float(knob.minimum), f"a first guess for the family, whose {BATCH} is fixed")
    return Batch(None, "no figure for the family")


def read_number(knob: Knob, text: str | None) -> Decimal | None:
    """The value that `text` stands for; None where it is absent or not of the knob's kind.

    Whole numbers have no point ("3.0" is none, since the service reads an integer), NaN is no number, and
    neither is what no double holds, such as 1e-999999.
    """
    if text is None or len(text) > LONGEST_NUMBER:
        return None
    if not text.isascii() or "_" in text or text != text.strip():
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    whole = text.lstrip("+-").isdigit()
    usual = value.is_finite() and abs(value.adjusted()) <= LARGEST_EXPONENT
    return value if usual and (knob.kind == "float" or whole) else None


def value_of(base: BaseModel, values: Mapping[str, str], key: str) -> Decimal | None:
    """The value in effect: given, else the service's default; None where it is no number or unknown."""
    knob = base.knobs.get(key)
    if knob is None:
        return None
    given = values.get(key)
    return read_number(knob, given if given is not None else str(knob.default))


def epochs_of(base: BaseModel, values: Mapping[str, str]) -> int:
    """Passes over the data, at least 1; the service's default where none is given."""
    value = value_of(base, values, EPOCHS)
    return max(1, int(value)) if value is not None and value < 10**6 else 1
