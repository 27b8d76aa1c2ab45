"""The labelled training curves: 201 runs, and what a person saw in each (README.md)."""

import csv
import json
import lzma
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from tests.curves.kinds import Sort

HERE = Path(__file__).parent
RUNS = HERE / "runs.jsonl.xz"
LABELS = HERE / "labels.csv"

#: JSON has no NaN: a number that is not finite is written as a word. An integer stays one.
Number = int | float | Literal["NaN", "Infinity", "-Infinity"]
#: A column for each quantity, one cell a row; None where the row has no such quantity.
Columns = dict[str, list[Number | None]]

#: What a person calls sound, and what is only to be warned of; every other label is a failure.
HARMLESS = frozenset({"healthy", "spike_recovered"})
WARNINGS = frozenset({"overfit", "stagnation", "oscillation"})


@dataclass(frozen=True, slots=True)
class Source:
    """Where a run's numbers are from."""

    repo: str | None
    path: str
    commit: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """The numbers of one training log.

    Attributes:
        id: Names it; no part of it tells the label, but for the runs made for this set (torch_…).
        source: Where the numbers are from; None for an injected one.
        kind: Form of the log it was read from.
        points: `step` and `train_loss`, and where the log had them `epoch`, `lr`, `grad_norm`,
            `elapsed_s` (seconds since the start) and `step_time_s`.
        evals: `step` and `val_loss`.
    """

    id: str
    source: Source | None
    kind: str
    points: Columns
    evals: Columns

    def __len__(self) -> int:
        """Number of points."""
        return len(self.points["step"])

    def steps(self) -> list[float]:
        """Steps of the points, as logged."""
        return [_float(step) for step in self.points["step"]]

    def losses(self) -> list[float]:
        """Training losses, non-finite ones as what they are."""
        return [_float(loss) for loss in self.points["train_loss"]]

    def without(self, *quantities: str) -> "Run":
        """The same run from a source that does not show these."""
        return replace(self, points={name: c for name, c in self.points.items() if name not in quantities})

    def log(self) -> bytes:
        """The JSON log that `finetune-guard replay` reads."""
        document = {
            "id": self.id,
            "kind": self.kind,
            "points": _rows(self.points),
            "evals": _rows(self.evals),
        }
        return json.dumps(document, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Label:
    """What a person saw in the whole curve, or what was injected.

    Attributes:
        id: The run's.
        group: What weighs one in every rate: the repository.
        label: The fault's name; of an injected curve with its length, "fast-45".
        onset_step: First logged step at which the fault is visible; None for a sound curve.
        should_stop: Whether a watcher should stop the job.
        confidence: The scorer leaves "low" out.
        reason: The rule or the reason, in a phrase.
    """

    id: str
    group: str
    label: str
    onset_step: float | None
    should_stop: Literal["yes", "no", "unclear"]
    confidence: Literal["high", "medium", "low"]
    reason: str

    @property
    def kind(self) -> str:
        """The fault's name without the length."""
        return self.label.split("-")[0]


@dataclass(frozen=True, slots=True)
class Case:
    """A run, its label, and what is asked of a judge who sees it."""

    run: Run
    label: Label
    sort: Sort


@cache
def read_runs() -> dict[str, Run]:
    """Every run by its id, in the order of the ids."""
    lines = lzma.decompress(RUNS.read_bytes()).splitlines()
    runs = [msgspec.json.decode(line, type=Run) for line in lines]
    return {run.id: run for run in runs}


@cache
def read_labels() -> tuple[Label, ...]:
    """Every label, in the order of the ids."""
    with LABELS.open(newline="", encoding="utf-8") as file:
        return tuple(msgspec.convert(_typed(row), Label) for row in csv.DictReader(file))


@cache
def real_cases() -> tuple[Case, ...]:
    """The runs that can be scored: sure enough, and settled what should be done."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    runs = read_runs()
    for label in read_labels():
        sort = sort_of(label)
        if sort and label.confidence != "low":
            yield Case(runs[label.id], label, sort)


def sort_of(label: Label) -> Sort | None:
    """What is asked of a judge; None where a fault is real and whether to stop for it is not settled."""
    if label.kind in HARMLESS:
        return "harmless"
    if label.kind in WARNINGS:
        return "warning"
    return "failure" if label.should_stop == "yes" else None


def _typed(row: dict[str, str]) -> dict[str, str | float | None]:
    return {**row, "onset_step": float(row["onset_step"]) if row["onset_step"] else None}


def _float(number: Number | None) -> float:
    return math.nan if number is None else float(number)


def _rows(columns: Columns) -> list[dict[str, Number]]:
    rows = zip(*columns.values(), strict=True)
    return [{k: cell for k, cell in zip(columns, row, strict=True) if cell is not None} for row in rows]
