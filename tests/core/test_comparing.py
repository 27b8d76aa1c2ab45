from dataclasses import replace

import pytest

from finetune_guard.core.comparing import Change, Comparison, summary
from finetune_guard.core.findings import Finding, Severity, Signal
from finetune_guard.core.replaying import Replayed
from finetune_guard.core.verdict import Evidence, Verdict, VerdictKind


def judged(stop: int | None = None, kind: VerdictKind = VerdictKind.HEALTHY) -> Replayed:
    return Replayed("a", Verdict(kind, Evidence.CURVE_AT_COMPLETION, (), 50, ""), stop, ())


def warned(threshold: float, step: int = 40) -> Replayed:
    finding = Finding(
        Signal.OVERFITTING, Severity.WARNING, 30, step, step, 1.0, threshold, f"Above {threshold}.", "", "1"
    )
    return replace(judged(), findings=(finding,))


BAD = judged(40, VerdictKind.DIVERGED)
SAME = Comparison(BAD, BAD)
FEWER = Comparison(BAD, judged())
LATER = Comparison(BAD, replace(BAD, stop_step=45))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (SAME, None),
        (FEWER, Change.STOP_FEWER),
        (Comparison(judged(), BAD), Change.STOP_MORE),
        (LATER, Change.LATER),
        (Comparison(BAD, replace(BAD, stop_step=30)), Change.EARLIER),
        (Comparison(judged(), judged(kind=VerdictKind.SUSPICIOUS)), Change.VERDICT),
        (Comparison(warned(0.1), warned(0.1, step=44)), Change.FINDINGS),
    ],
)
def test_of_all_that_differs_the_gravest_counts(one: Comparison, expected: Change | None) -> None:
    assert one.change is expected


def test_another_threshold_in_the_same_finding_is_no_other_judgement() -> None:
    assert Comparison(warned(0.1), warned(0.2)).change is None


@pytest.mark.parametrize(
    ("several", "said"),
    [
        ([SAME] * 198 + [FEWER, FEWER, LATER],
         "3 of 201 curves are judged differently: 2 stops fewer, 1 later."),
        ([SAME, FEWER], "1 of 2 curves is judged differently: 1 stop fewer."),
        ([SAME, SAME], "No curve is judged differently."),
        ([FEWER], "1 of 1 curve is judged differently: 1 stop fewer."),
    ],
)  # fmt: skip
def test_the_summary_counts_what_is_judged_differently_and_how(several: list[Comparison], said: str) -> None:
    assert summary(several) == said
