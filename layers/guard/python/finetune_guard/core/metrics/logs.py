"""Training logs in JSON into curves: runs of the labelled set, and Hugging Face's trainer_state.json."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeGuard

import numpy as np

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.metrics.cells import number
from finetune_guard.core.metrics.columns import Quantity, memory_unit
from finetune_guard.core.metrics.joining import join
from finetune_guard.core.metrics.ordering import order_rows
from finetune_guard.core.metrics.rows import is_count
from finetune_guard.core.metrics.series import Curve, MetricSeries
from finetune_guard.core.wire import JsonValue

#: Parsed JSON takes about ten times its size in memory; the longest trainer states are a few MB.
LARGEST = 64 << 20

_Entry = dict[str, JsonValue]
#: Where an entry is: the list, its place in it, the log.
_At = tuple[str, int, str]

#: The names of each quantity in a point of a labelled run, and in an entry of a trainer's log.
_RUN_POINT = {
    Quantity.STEP: "step",
    Quantity.EPOCH: "epoch",
    Quantity.LOSS: "train_loss",
    Quantity.TIME: "elapsed_s",
    Quantity.LEARNING_RATE: "lr",
    Quantity.GRAD_NORM: "grad_norm",
    Quantity.STEP_TIME: "step_time_s",
}
_RUN_EVALUATION = {Quantity.STEP: "step", Quantity.EPOCH: "epoch", Quantity.LOSS: "val_loss"}
#: The trainer's last entry has "train_loss", the mean over the run: no point.
_LOG_TRAINING = {
    Quantity.STEP: "step",
    Quantity.EPOCH: "epoch",
    Quantity.LOSS: "loss",
    Quantity.LEARNING_RATE: "learning_rate",
    Quantity.GRAD_NORM: "grad_norm",
}
_LOG_EVALUATION = {Quantity.STEP: "step", Quantity.EPOCH: "epoch", Quantity.LOSS: "eval_loss"}


def read_log(name: str, data: bytes) -> Curve:
    """Reads `{"points": […], "evals": […]}` or `{"log_history": […]}`, with bare NaN and Infinity in it, too.

    Rows without a loss are no points. Where no row with a loss has a step, rows are numbered from 1; where
    some have one, the others cannot be placed and are left out.

    Raises:
        InvalidInputError: It is too large, no JSON, neither of the two, or a value in it is not what it
        should be.
    """
    document = _parse(name, data)
    if isinstance(document, dict):
        if (points := document.get("points")) is not None:
            evaluations = document.get("evals") or []
            return join(
                _series(name, "points", points, _RUN_POINT),
                _series(name, "evals", evaluations, _RUN_EVALUATION),
            )
        if (history := document.get("log_history")) is not None:
            training = _series(name, "log_history", history, _LOG_TRAINING)
            return join(training, _series(name, "log_history", history, _LOG_EVALUATION), _planned(document))
    raise InvalidInputError(
        f"{name} is JSON, but no training log. Expected an object with a list `points` (a labelled run) "
        "or a list `log_history` (a trainer_state.json)."
    )


def _parse(name: str, data: bytes) -> JsonValue:
    if len(data) > LARGEST:
        raise InvalidInputError(
            f"{name} has {len(data) >> 20} MiB of JSON; at most {LARGEST >> 20} MiB are read. "
            "Give the log as a CSV."
        )
    try:
        # parse_int: a whole number of any length is read as the float it stands for, without its digits'
        # cost.
        document: JsonValue = json.loads(data, parse_int=_whole)
    except RecursionError as exc:
        raise InvalidInputError(f"{name} is JSON nested too deeply for a training log.") from exc
    except ValueError as exc:
        raise InvalidInputError(
            f"{name} begins like JSON but is not: {exc}. Expected a training log."
        ) from exc
    return document


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= 18 else float(digits)


def _series(name: str, key: str, entries: JsonValue, names: Mapping[Quantity, str]) -> MetricSeries:
    objects = _entries(name, key, entries)
    memory = _memory_field(objects)
    names = {**names, Quantity.MEMORY: memory} if memory else names
    wanted = frozenset(names.values())
    rows = [
        _row((key, place, name), entry, names)
        for place, entry in enumerate(objects)
        if not wanted.isdisjoint(entry)
    ]
    with_loss = [row for row in rows if row[Quantity.LOSS] is not None]
    if all(row[Quantity.STEP] is None for row in with_loss):
        with_loss = [{**row, Quantity.STEP: float(place)} for place, row in enumerate(with_loss, start=1)]
    placed = [row for row in with_loss if row[Quantity.STEP] is not None]
    # numpy makes None a NaN.
    columns = {quantity: np.array([row[quantity] for row in placed], dtype=np.float64) for quantity in names}
    if memory:
        with np.errstate(over="ignore"):  # what is too large for bytes is infinite
            columns[Quantity.MEMORY] *= memory_unit(memory) or 1.0
    return order_rows(columns).series


def _memory_field(entries: Sequence[_Entry]) -> str | None:
    """The first field that is named like a memory; one whose values are not all numbers is left alone."""
    sound: dict[str, bool] = {}
    for entry in entries:
        for field, value in entry.items():
            if field not in sound:
                sound[field] = memory_unit(field) is not None
            if sound[field] and not (value is None or _is_number(value)):
                sound[field] = False
    return next((field for field in sound if sound[field]), None)


def _entries(name: str, key: str, entries: JsonValue) -> Sequence[_Entry]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidInputError(f"`{key}` of {name} is not a list of objects, as a training log has it.")
    return [entry for entry in entries if isinstance(entry, dict)]


def _row(at: _At, entry: _Entry, names: Mapping[Quantity, str]) -> dict[Quantity, float | None]:
    # Nearly every value is one of the two that need no look; a log has a million of them.
    row = {
        quantity: value
        if (value := entry.get(key)) is None or type(value) is float
        else _number(at, key, value)
        for quantity, key in names.items()
    }
    step, epoch = row[Quantity.STEP], row[Quantity.EPOCH]
    if step is not None and not is_count(step):
        raise InvalidInputError(f"The step in {_where(at)} is {step:g}; expected a whole number from 0.")
    if epoch is not None and math.isinf(epoch):
        raise InvalidInputError(f"The epoch in {_where(at)} is {epoch:g}; expected a finite number.")
    return row


def _where(at: _At) -> str:
    key, place, name = at
    return f"{key}[{place}] of {name}"


def _number(at: _At, key: str, value: JsonValue) -> float | None:
    if _is_number(value):
        return float(value)
    try:
        if isinstance(value, str):
            return number(value.encode())
    except ValueError:
        pass
    given = repr(value[:40]) if isinstance(value, str) else f"a {type(value).__name__}"
    raise InvalidInputError(f'`{key}` in {_where(at)} is {given}; expected a number, "NaN" or "Infinity".')


def _is_number(value: JsonValue) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _planned(document: _Entry) -> int | None:
    """The trainer writes `max_steps`; -1 or 0 stands for not known."""
    planned = document.get("max_steps")
    return int(planned) if _is_number(planned) and is_count(planned) and planned > 0 else None
