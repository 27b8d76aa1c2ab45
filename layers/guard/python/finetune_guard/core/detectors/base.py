"""What every curve detector answers: a status for each prefix, and the finding at any of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from finetune_guard.core.findings import Answer, Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.metrics.series import Integers

Statuses = NDArray[np.int8]
Flags = NDArray[np.bool_]


class Status(IntEnum):
    """What a detector says of one prefix, in rising order."""

    NOT_ENOUGH = 0
    QUIET = 1
    SUSPECTED = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Seen:
    """Where a fault was seen, and what was compared with what.

    Attributes:
        first: Step at which it begins.
        last: Last step that shows it.
        detected: Step at which a watcher first says so.
        observed: The measured value.
        threshold: What it was compared with.
    """

    first: int
    last: int
    detected: int
    observed: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A detector's name and the version of its rule, which it signs its findings with."""

    signal: Signal
    version: str

    def finding(self, severity: Severity, seen: Seen, sentence: str, advice: str) -> Finding:
        """A finding of this rule."""
        return Finding(
            signal=self.signal,
            severity=severity,
            first_step=seen.first,
            last_step=seen.last,
            detected_step=seen.detected,
            observed=seen.observed,
            threshold=seen.threshold,
            sentence=sentence,
            advice=advice,
            detector_version=self.version,
        )


def severity_of(status: int, certain: Severity) -> Severity:
    """What is only suspected is a warning at most, and never worse than the pack makes the certain."""
    if status == Status.CERTAIN or certain is Severity.INFO:
        return certain
    return Severity.WARNING


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A detector's answer for every prefix of a curve at once.

    Entry i is what a watcher who had seen the rows up to `steps[i]`, and nothing later, would have said then.

    Attributes:
        signal: Which fault was looked for.
        steps: int64, shape (n,): step of the newest row of each prefix, ascending.
        status: int8 of `Status`, shape (n,).
        have: int64, shape (n,): points the rule could use in each prefix.
        need: Points the rule needs before it speaks.
        describe: Builds the finding of prefix i; called only where the status is SUSPECTED or CERTAIN.
    """

    signal: Signal
    steps: Integers
    status: Statuses
    have: Integers
    need: int
    describe: Callable[[int], Finding]

    def at(self, index: int) -> Answer:
        """The answer for the prefix that ends with row `index` (negative counts from the end).

        Raises:
            IndexError: There is no such row.
        """
        row = range(len(self.status))[index]
        if self.status[row] == Status.NOT_ENOUGH:
            return NotEnoughData(self.signal, int(self.have[row]), self.need)
        if self.status[row] == Status.QUIET:
            return Quiet(self.signal)
        finding = self.describe(row)
        since = int(self.steps[self._since(row)])
        # A second episode of another shape may follow the first without a quiet row between them.
        return replace(finding, detected_step=max(since, finding.first_step or since))

    def _since(self, row: int) -> int:
        """The row from which on the status was at least that of `row`."""
        lower = np.flatnonzero(self.status[:row] < self.status[row])
        return int(lower[-1]) + 1 if len(lower) else 0

    def first(self, least: Status = Status.SUSPECTED) -> Finding | None:
        """The first finding of at least this status, or None."""
        rows = np.flatnonzero(self.status >= least)
        return self.describe(int(rows[0])) if len(rows) else None

    def last(self) -> Answer:
        """The answer for the whole curve: what a tick needs."""
        return self.at(-1) if len(self.status) else NotEnoughData(self.signal, 0, self.need)


def nothing_exposed(signal: Signal, steps: Integers, need: int) -> Trace:
    """The trace of a rule whose series the source does not expose: not enough data at every row."""

    def describe(row: int) -> Finding:
        raise IndexError(f"{signal} has no finding at row {row}")

    status, have = np.zeros(len(steps), dtype=np.int8), np.zeros(len(steps), dtype=np.int64)
    return Trace(signal, steps, status, have, need, describe)


def statuses(enough: Flags, suspected: Flags, certain: Flags) -> Statuses:
    """One status per prefix; a finding needs no minimum of points beyond what its rule asked for itself."""
    status = np.where(enough, np.int8(Status.QUIET), np.int8(Status.NOT_ENOUGH))
    status = np.where(suspected, np.int8(Status.SUSPECTED), status)
    return np.where(certain, np.int8(Status.CERTAIN), status).astype(np.int8)


def begins_of(inside: Flags) -> Integers:
    """Index of the row with which the episode of each row begins; the row itself where it is in none."""
    index = np.arange(len(inside))
    begins: Integers = np.minimum(np.maximum.accumulate(np.where(inside, -1, index)) + 1, index)
    return begins


def latched(fires: Flags, begins: Integers) -> Flags:
    """Whether `fires` was true at this row or at an earlier one of the same episode.

    Args:
        fires: shape (n,).
        begins: shape (n,): index of the row with which the episode of each row begins.
    """
    so_far = np.cumsum(fires)
    before = np.where(begins > 0, so_far[np.maximum(begins - 1, 0)], 0)
    return so_far > before
