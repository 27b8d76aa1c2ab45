from dataclasses import replace

import numpy as np
import pytest

from finetune_guard.core.agreement import Disagreement, delay_of, disagreement
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.labels import Label
from finetune_guard.core.replaying import Replayed
from finetune_guard.core.verdict import Evidence, Verdict, VerdictKind

STEPS = np.arange(0, 1000, 10)
EXPLODING = Label("exploding", 500.0, "yes", "high", "")
HEALTHY = Label("healthy", None, "no", "high", "")
OVERFIT = Label("overfit", 500.0, "yes", "medium", "")


def found(signal: Signal, first: int, detected: int, severity: Severity = Severity.CRITICAL) -> Finding:
    return Finding(signal, severity, first, detected, detected, 2.0, 1.0, "Seen.", "Act.", "1")


def replayed(*findings: Finding) -> Replayed:
    stops = [finding.detected_step for finding in findings if finding.may_stop]
    verdict = Verdict(VerdictKind.HEALTHY, Evidence.CURVE_AT_COMPLETION, (), len(STEPS), "")
    return Replayed("a", verdict, stops[0] if stops else None, findings)


def stop_at(step: int) -> Replayed:
    return replayed(found(Signal.DIVERGENCE, max(0, step - 50), step))


def warning_at(step: int, signal: Signal = Signal.OVERFITTING) -> Replayed:
    return replayed(found(signal, 400, step, Severity.WARNING))


@pytest.mark.parametrize(
    ("label", "made", "expected"),
    [
        (EXPLODING, stop_at(560), None),
        (EXPLODING, stop_at(480), None),
        (EXPLODING, stop_at(470), Disagreement.TOO_EARLY),
        (EXPLODING, replayed(), Disagreement.MISSED),
        (EXPLODING, warning_at(560, Signal.DIVERGENCE), Disagreement.MISSED),
        (HEALTHY, replayed(), None),
        (HEALTHY, stop_at(560), Disagreement.FALSE_STOP),
        (HEALTHY, warning_at(560), Disagreement.FALSE_WARNING),
        (HEALTHY, replayed(found(Signal.STAGNATION, 0, 300, Severity.INFO)), None),
        (replace(HEALTHY, kind="spike_recovered"), stop_at(560), Disagreement.FALSE_STOP),
        (OVERFIT, warning_at(560), None),
        (OVERFIT, warning_at(480), None),
        (OVERFIT, warning_at(470), Disagreement.NOT_WARNED),
        (OVERFIT, warning_at(560, Signal.STAGNATION), Disagreement.NOT_WARNED),
        (OVERFIT, stop_at(560), Disagreement.FALSE_STOP),
        (replace(OVERFIT, kind="mild"), warning_at(560, Signal.STAGNATION), None),
        (replace(OVERFIT, kind="stagnation"), replayed(), Disagreement.NOT_WARNED),
    ],
)
def test_a_replay_goes_against_its_label_where_the_scorer_would_count_it(
    label: Label, made: Replayed, expected: Disagreement | None
) -> None:
    assert disagreement(label, made, STEPS) is expected


@pytest.mark.parametrize(
    "label",
    [
        replace(EXPLODING, confidence="low"),
        replace(EXPLODING, should_stop="unclear"),
        replace(HEALTHY, confidence="low"),
    ],
)
def test_a_label_that_settles_nothing_is_never_gone_against(label: Label) -> None:
    assert disagreement(label, replayed(), STEPS) is None
    assert disagreement(label, stop_at(100), STEPS) is None


def test_the_delay_runs_from_the_labelled_onset() -> None:
    delay = delay_of(stop_at(560), STEPS, EXPLODING)

    assert delay is not None
    assert (delay.share, delay.labelled) == (0.06, True)


def test_an_alarm_before_the_labelled_onset_has_a_delay_below_zero() -> None:
    delay = delay_of(stop_at(470), STEPS, EXPLODING)

    assert delay is not None
    assert delay.share == -0.03


@pytest.mark.parametrize("label", [None, HEALTHY])
def test_without_a_labelled_onset_the_delay_runs_from_the_findings_first_step(label: Label | None) -> None:
    delay = delay_of(stop_at(560), STEPS, label)

    assert delay is not None
    assert (delay.share, delay.labelled) == (0.05, False)


def test_the_alarm_is_the_stop_even_where_a_warning_came_first() -> None:
    early = found(Signal.STAGNATION, 100, 200, Severity.WARNING)

    delay = delay_of(replayed(early, found(Signal.DIVERGENCE, 500, 560)), STEPS, None)

    assert delay is not None
    assert delay.share == 0.06


def test_where_nothing_was_said_there_is_no_delay() -> None:
    assert delay_of(replayed(), STEPS, EXPLODING) is None
    assert delay_of(replayed(found(Signal.STAGNATION, 0, 300, Severity.INFO)), STEPS, EXPLODING) is None
