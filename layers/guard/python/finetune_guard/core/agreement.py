"""How a replayed curve compares with a person's label: where the two disagree, and how late a watcher was."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from finetune_guard.core.findings import Finding, Severity
from finetune_guard.core.labels import Label
from finetune_guard.core.metrics.series import Integers
from finetune_guard.core.replaying import Replayed

#: Kinds that a watcher is to warn of and not to stop for; "mild" may be warned of by any name.
WARN_ONLY = frozenset({"overfit", "stagnation", "oscillation", "mild"})
#: Kinds with nothing wrong in them, however they look.
HARMLESS = frozenset({"healthy", "spike_recovered", "good", "blip", "hump", "sawtooth", "step"})
#: An onset found by eye is coarse: so many rows early are no fault.
FORGIVEN_ROWS = 2


class Disagreement(StrEnum):
    """What a watcher did that the label says it should not have done."""

    MISSED = "It should have been stopped and was not."
    TOO_EARLY = "It was stopped before the fault can be seen."
    FALSE_STOP = "It was stopped and should not have been."
    NOT_WARNED = "It was not warned of by its name after the onset."
    FALSE_WARNING = "It was warned of, and nothing is wrong."


@dataclass(frozen=True, slots=True)
class Delay:
    """How late a watcher said so.

    Attributes:
        share: Rows from the beginning of the fault to the alarm, as a share of all rows; below 0 for an alarm
            before the labelled onset.
        labelled: Whether the beginning is the label's, not the finding's own.
    """

    share: float
    labelled: bool


def disagreement(label: Label, replayed: Replayed, steps: Integers) -> Disagreement | None:
    """Where a replay goes against the label; None where it does not, or where the label settles nothing.

    A label settles nothing when its confidence is low, or when a real fault of a kind that is stopped for is
    not said to be one to stop for.

    Args:
        label: The curve's label.
        replayed: What a watcher would have said.
        steps: The curve's steps, ascending.
    """
    kind = label.kind.partition("-")[0]
    if label.confidence not in ("high", "medium"):
        return None
    if kind in HARMLESS:
        return _of_harmless(replayed)
    if kind in WARN_ONLY:
        return _of_warning(kind, label, replayed, steps)
    return _of_failure(label, replayed, steps) if label.should_stop == "yes" else None


def delay_of(replayed: Replayed, steps: Integers, label: Label | None) -> Delay | None:
    """How long a fault had lasted when a watcher said so; None where nothing was said or it has no beginning.

    The alarm is the finding that stops the job, or the first warning where none does. The fault begins at the
    labelled onset, or where there is none at the finding's own first step.
    """
    alarm = _alarm(replayed)
    if alarm is None or not len(steps):
        return None
    labelled = label is not None and label.onset_step is not None
    onset = label.onset_step if label and labelled else alarm.first_step
    if onset is None or alarm.detected_step is None:
        return None
    return Delay((_row(steps, alarm.detected_step) - _row(steps, onset)) / len(steps), labelled)


def _of_harmless(replayed: Replayed) -> Disagreement | None:
    if replayed.stop_step is not None:
        return Disagreement.FALSE_STOP
    return Disagreement.FALSE_WARNING if any(map(_warns, replayed.findings)) else None


def _of_failure(label: Label, replayed: Replayed, steps: Integers) -> Disagreement | None:
    if replayed.stop_step is None:
        return Disagreement.MISSED
    early = _onset_row(label, steps) - _row(steps, replayed.stop_step)
    return Disagreement.TOO_EARLY if early > FORGIVEN_ROWS else None


def _of_warning(kind: str, label: Label, replayed: Replayed, steps: Integers) -> Disagreement | None:
    if kind == "overfit" and replayed.stop_step is not None:
        return Disagreement.FALSE_STOP
    earliest = _onset_row(label, steps) - FORGIVEN_ROWS
    named = any(
        (kind == "mild" or finding.signal.startswith(kind))
        and _warns(finding)
        and finding.detected_step is not None
        and _row(steps, finding.detected_step) >= earliest
        for finding in replayed.findings
    )
    return None if named else Disagreement.NOT_WARNED


def _alarm(replayed: Replayed) -> Finding | None:
    stopping = (finding for finding in replayed.findings if finding.may_stop)
    warning = (finding for finding in replayed.findings if _warns(finding))
    return next(stopping, None) or next(warning, None)


def _warns(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO


def _onset_row(label: Label, steps: Integers) -> int:
    return 0 if label.onset_step is None else _row(steps, label.onset_step)


def _row(steps: Integers, step: float) -> int:
    """Rows before `step`."""
    return int(np.searchsorted(steps, step))
