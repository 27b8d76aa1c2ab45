"""What a judge made of labelled curves: one row a curve, told when to stop and of what it warned.

A stop or a warning counts at the step at which the judge, shown the curve point by point, first said so;
never at the step at which the fault began.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import Literal

from tests.curves.corpus import Case

#: Labels of real curves are coarse: a stop so many rows early is forgiven there; none on injected ones.
FORGIVEN_ROWS = 2
#: Faults that a warning must name; of any other one to be warned of any warning will do.
NAMED = frozenset({"overfit", "stagnation", "oscillation"})
#: A stop for it is a false one, since it keeps no model. For other warnings it counts neither way.
KEEPS_MODEL = "overfit"

How = Literal["missed", "stopped early", "stopped wrongly", "warned wrongly", "not warned"]


@dataclass(frozen=True, slots=True)
class Warned:
    """A finding that a person is told of (severity warning or critical)."""

    signal: str
    step: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a judge said of one curve; a curve without an answer is judged silent."""

    stop_step: int | None = None
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One curve, scored.

    Attributes:
        case: The curve and what was asked.
        caught: A failure that was stopped at or after its onset.
        early: A failure that was stopped before its onset.
        stopped: Whether there was a stop, right or wrong.
        delay: Onset to stop as a share of the run; None where it was not caught.
        saved: Share of the rest of the run, from the onset on, that the stop saved; 0 where not caught.
        warned: Whether there was any warning.
        named: Whether there was the right warning at or after the onset.
    """

    case: Case
    caught: bool
    early: bool
    stopped: bool
    delay: float | None
    saved: float
    warned: bool
    named: bool

    @property
    def group(self) -> str:
        """What weighs one in every rate."""
        return self.case.label.group

    @property
    def kind(self) -> str:
        """The fault's name."""
        return self.case.label.kind

    @property
    def is_failure(self) -> bool:
        """Whether a stop was asked for."""
        return self.case.sort == "failure"

    @property
    def could_be_stopped_wrongly(self) -> bool:
        """Whether a stop at the wrong time, or at all, is a false one."""
        return self.case.sort != "warning" or self.kind == KEEPS_MODEL

    @property
    def wrongly_stopped(self) -> bool:
        """A stop of what must go on, or before there was anything to stop for."""
        return self.early if self.is_failure else self.stopped and self.could_be_stopped_wrongly

    def how(self) -> How | None:
        """What is wrong with the answer; a wrong stop before a wrong warning. None where nothing is."""
        if self.wrongly_stopped:
            return "stopped early" if self.is_failure else "stopped wrongly"
        if self.case.sort == "warning":
            return None if self.named else "not warned"
        if self.is_failure:
            return None if self.caught else "missed"
        return "warned wrongly" if self.warned else None


def row(case: Case, answer: Answer) -> Row:
    """Scores one answer.

    Args:
        case: The curve; its points in the order of the log, whose steps may repeat.
        answer: Its steps are steps of the log.
    """
    steps = sorted(case.run.steps())
    onset = bisect_left(steps, case.label.onset_step) if case.label.onset_step is not None else 0
    forgiven = 0 if case.run.kind == "injected" else FORGIVEN_ROWS
    stop = None if answer.stop_step is None else bisect_left(steps, answer.stop_step)
    is_failure = case.sort == "failure"
    caught = is_failure and stop is not None and stop >= onset - forgiven
    kept = stop if caught and stop is not None else None
    return Row(
        case=case,
        caught=caught,
        early=is_failure and stop is not None and not caught,
        stopped=stop is not None,
        delay=None if kept is None else max(0, kept - onset) / max(1, len(steps)),
        saved=0.0 if kept is None else min(1.0, (len(steps) - kept) / max(1, len(steps) - onset)),
        warned=bool(answer.warnings),
        named=any(
            _names(case.label.kind, warned.signal) and bisect_left(steps, warned.step) >= onset - forgiven
            for warned in answer.warnings
        ),
    )


def _names(kind: str, signal: str) -> bool:
    return kind not in NAMED or signal.startswith(kind)


def weighted(outcomes: Iterable[tuple[str, float]]) -> float | None:
    """Mean outcome with each group weighing one; None for no outcome."""
    groups: dict[str, list[float]] = {}
    for group, outcome in outcomes:
        groups.setdefault(group, []).append(outcome)
    means = [fsum(some) / len(some) for some in groups.values()]
    return fsum(means) / len(means) if means else None
