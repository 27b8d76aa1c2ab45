import json
import math
from pathlib import Path

import numpy as np
import pytest

from finetune_guard.core import wire
from finetune_guard.core.findings import Severity, Signal
from finetune_guard.core.judging import judge
from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.metrics.series import Curve
from finetune_guard.core.replaying import line_of, replay
from finetune_guard.core.verdict import Evidence, VerdictKind
from tests.core.detectors.curves import PACK, curve, cut, falling, series

REAL = sorted(Path("tests/data/bedrock").glob("*.csv"))


def spike(rows: int = 100, at: int = 60, length: int = 40) -> Curve:
    losses = falling(rows)
    losses[at : at + length] *= 3
    return curve(losses)


def test_an_armed_policy_would_have_stopped_at_the_first_finding_that_may_stop() -> None:
    made = replay(spike(), PACK, "a")

    assert made.verdict.kind is VerdictKind.DIVERGED
    assert made.verdict.evidence is Evidence.CURVE_AT_COMPLETION
    assert made.stop_step == 66
    assert made.findings[0].detected_step == 66


def test_the_stop_is_when_a_watcher_shown_the_curve_point_by_point_would_have_said_so() -> None:
    whole = spike()
    stop = replay(whole, PACK, "a").stop_step
    assert stop is not None

    before, at = (judge(cut(whole, step), PACK, Evidence.LIVE_CURVE) for step in (stop - 1, stop))

    assert before.kind is not VerdictKind.DIVERGED
    assert at.kind is VerdictKind.DIVERGED


def test_a_spike_that_recovered_late_was_found_although_the_curve_is_healthy_in_the_end() -> None:
    made = replay(spike(length=20), PACK, "a")

    assert made.verdict.kind is VerdictKind.HEALTHY
    assert made.stop_step == 66
    assert made.findings


def test_a_warning_never_stops() -> None:
    validation = series([1.5, 1.2, 1.3, 1.4, 1.5], [10, 20, 30, 40, 50])

    made = replay(curve(falling(60), validation=validation), PACK, "a")

    assert made.stop_step is None
    assert [finding.signal for finding in made.findings] == [Signal.OVERFITTING]


def test_what_was_suspected_before_it_was_certain_is_told_twice() -> None:
    rows = np.arange(400)
    losses = np.where(rows < 200, 1.0, 1.0 + (rows - 200) / 160) * np.exp(
        np.random.default_rng(0).normal(0, 0.03, 400)
    )

    made = replay(curve(losses), PACK, "a")

    tiers = [finding.severity for finding in made.findings if finding.signal is Signal.DIVERGENCE]
    assert tiers in ([Severity.WARNING, Severity.CRITICAL], [Severity.CRITICAL])
    steps = [finding.detected_step for finding in made.findings]
    assert steps == sorted(step for step in steps if step is not None)


def test_a_log_without_a_plan_is_taken_to_be_complete() -> None:
    whole = spike()
    unplanned = Curve(whole.training)

    assert replay(unplanned, PACK, "a").stop_step == replay(whole, PACK, "a").stop_step


def test_a_plan_can_be_left_out() -> None:
    stop = replay(spike(), PACK, "a", planned=False).stop_step

    assert stop is not None
    assert 64 <= stop <= 80


def test_an_empty_curve_is_inconclusive() -> None:
    made = replay(curve([]), PACK, "a")

    assert made.verdict.kind is VerdictKind.INCONCLUSIVE
    assert made.stop_step is None
    assert made.findings == ()


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_a_real_bedrock_curve_would_not_have_been_stopped(path: Path) -> None:
    made = replay(read_curve(path.name, path.read_bytes()), PACK, path.stem)

    assert made.stop_step is None
    assert made.findings == ()


def test_a_line_is_strict_json_of_the_shape_that_others_build_on() -> None:
    line = wire.dumps(line_of(replay(curve([1.0, 0.9, math.nan]), PACK, "my-run")))

    read = json.loads(line, parse_constant=pytest.fail)
    (finding,) = read.pop("findings")
    assert read == {
        "schema_version": 1,
        "id": "my-run",
        "verdict": "diverged",
        "evidence": "curve at completion",
        "stop_step": 3,
    }
    assert finding["signal"] == "non_finite"
    assert finding["observed"] == "NaN"
    assert set(finding) == {
        "signal",
        "severity",
        "detected_step",
        "first_step",
        "last_step",
        "observed",
        "threshold",
        "sentence",
        "advice",
        "detector_version",
    }
    assert "\n" not in line


def test_a_line_names_what_the_default_says_where_there_is_another() -> None:
    default = replay(spike(), PACK, "a")

    line = line_of(replay(curve(falling(100)), PACK, "a"), default)

    assert line["default"] == {"verdict": "diverged", "stop_step": default.stop_step}
