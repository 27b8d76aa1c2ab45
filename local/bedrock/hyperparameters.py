"""Hyperparameters as the service treats them: strings, checked, defaults filled in, Java's number format."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from local.bedrock.catalog import BaseModel, Knob
from local.bedrock.errors import VALIDATION, ServiceError

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,9}")
_FLOAT: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def filled_in(base: BaseModel, given: Mapping[str, str]) -> dict[str, str]:
    """The hyperparameters of a job, defaults added, in the form in which Get returns them (`1.0E-4`).

    Raises:
        ServiceError: ValidationException naming every unknown, missing, malformed or out-of-range value.
    """
    faults = list(_faults(base, given))
    if faults:
        raise ServiceError(VALIDATION, " ".join(faults))
    defaults = {
        name: str(knob.default)
        for name, knob in base.hyperparameters.items()
        if knob.default is not None and knob.documented
    }
    return {name: _written(base.hyperparameters[name], text) for name, text in {**defaults, **given}.items()}


def java_number(value: float) -> str:
    """A float as Java's Double.toString writes it: 1.0E-4, 0.001, 2.5E-5, 1.0."""
    digits = Decimal(repr(value))
    if value == 0 or Decimal("1e-3") <= abs(digits) < Decimal("1e7"):
        return str(float(value))
    exponent = digits.adjusted()
    mantissa = digits.scaleb(-exponent).normalize()
    shown = f"{mantissa:f}"
    return f"{shown if '.' in shown else shown + '.0'}E{exponent}"


def _faults(base: BaseModel, given: Mapping[str, str]) -> Iterator[str]:
    known = base.hyperparameters
    for name, text in given.items():
        if name not in known:
            yield f"Hyperparameter {name} is not one of {base.model_id}; it has {', '.join(known)}."
        elif fault := _fault(known[name], text):
            yield f"Hyperparameter {name} of {base.model_id} is '{text}'; {fault}."
    for name, knob in known.items():
        if knob.required and name not in given:
            yield f"Hyperparameter {name} of {base.model_id} has no default and must be given."


def _fault(knob: Knob, text: str) -> str | None:
    pattern = _INTEGER if knob.type == "integer" else _FLOAT
    if not pattern.fullmatch(text):
        return f"expected {'an' if knob.type == 'integer' else 'a'} {knob.type} as a string"
    too_low = knob.min is not None and float(text) < knob.min
    too_high = knob.max is not None and float(text) > knob.max
    return f"expected a value from {knob.min:g} to {knob.max:g}" if too_low or too_high else None


def _written(knob: Knob, text: str) -> str:
    return str(int(float(text))) if knob.type == "integer" else java_number(float(text))
