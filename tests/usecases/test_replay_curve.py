from dataclasses import replace

import pytest

from finetune_guard.core.findings import Signal
from finetune_guard.core.job_judgements import unjudgeable
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import Stage
from finetune_guard.core.rejudging import judged_again
from finetune_guard.core.replaying import Replayed
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.judge import MetricFile
from finetune_guard.usecases.judge_curve import judge
from finetune_guard.usecases.replay_curve import replayed_curve
from finetune_guard.usecases.replay_run import rejudge
from tests.builders import completed
from tests.core.detectors.curves import falling
from tests.fakes.files import TRAINING_CSV
from tests.usecases.machine import csv

FALLING = [float(loss) for loss in falling(60)]
SPIKED = [*FALLING[:30], *[3 * loss for loss in FALLING[30:]]]
#: Ends a little above its lowest level: a full run may, a rehearsal may not.
HOT = [*(3.0 - 0.03 * n for n in range(30)), *(2.1 + 0.004 * n for n in range(30))]


def replayed(of: JobRecord, *losses: float) -> Replayed:
    files = (MetricFile(TRAINING_CSV, csv(*losses)),)
    judged = rejudge(of, files, judge)
    assert judged
    return replayed_curve(judged, files).replayed


def test_a_curve_is_shown_point_by_point_and_keeps_the_verdict_of_the_judge() -> None:
    found = replayed(completed(stage=Stage.FULL), *SPIKED)
    assert (found.id, found.verdict.kind) == ("full-0-0", VerdictKind.DIVERGED)
    assert found.stop_step is not None
    assert 30 < found.stop_step < 40


def test_that_a_rehearsal_was_too_hot_is_told_and_stops_nothing() -> None:
    found = replayed(completed(), *HOT)
    assert [(one.signal, one.detector_version) for one in found.findings] == [
        (Signal.DIVERGENCE, "rehearsal-2")
    ]
    assert (found.verdict.kind, found.stop_step) == (VerdictKind.DIVERGED, None)


@pytest.mark.parametrize("planned", [None, 60, 600])
def test_the_plan_is_the_recorded_one_and_none_is_made_up(planned: int | None) -> None:
    of = completed(stage=Stage.FULL)
    of = replace(of, orders=replace(of.orders, planned_steps=planned))
    files = (MetricFile(TRAINING_CSV, csv(*FALLING)),)
    judged = rejudge(of, files, judge)
    assert judged
    assert replayed_curve(judged, files).curve.planned_steps == planned


def test_what_could_not_be_judged_has_no_curve_and_says_so() -> None:
    of = completed()
    judged = judged_again(of, unjudgeable(of, "ZeroDivisionError"))
    found = replayed_curve(judged, (MetricFile(TRAINING_CSV, csv(*FALLING)),))
    assert len(found.curve.training) == 0
    assert [one.signal for one in found.replayed.findings] == [Signal.COULD_NOT_JUDGE]
