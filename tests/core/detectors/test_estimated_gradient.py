import math

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.features import features_of
from finetune_guard.core.detectors.loss_indices import IndexStatus, indices, windows_of
from finetune_guard.core.findings import STOPPING_SIGNALS, Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.limits import EstimatedGradientLimits
from finetune_guard.core.metrics.series import Curve, Floats, MetricSeries
from finetune_guard.core.thresholds import override, pack_for
from tests.core.detectors.curves import PACK, curve, falling, fired, trace_of

LIMITS = EstimatedGradientLimits()


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.ESTIMATED_GRADIENT, whole)


def gets_noisy(rows: int = 300, noise: float = 0.2, rise: float = 0.0) -> Floats:
    """Learns with a row noise of 2 %; from the middle on it varies by `noise` and rises by `rise` a run."""
    half = rows // 2
    calm = falling(half, 0.02)
    rng = np.random.default_rng(1)
    level = calm[-1] * np.exp(rise * np.arange(rows - half) / (rows - half))
    return np.concatenate([calm, level * np.exp(rng.normal(0, noise, rows - half))])


def test_a_loss_that_gets_noisy_and_rises_is_warned_of() -> None:
    found = trace(curve(gets_noisy(rise=2.0))).first(Status.CERTAIN)

    assert found is not None
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert found.observed > 3 == found.threshold
    assert "not a gradient norm" in found.sentence
    assert "no reason to stop" in found.advice


def test_it_never_stops_a_job() -> None:
    assert Signal.ESTIMATED_GRADIENT not in STOPPING_SIGNALS


def test_what_is_of_low_confidence_is_only_noted() -> None:
    losses = np.concatenate([gets_noisy()[:150], 2.5 * gets_noisy()[150:]])

    seen = trace(curve(losses))
    notes = [seen.describe(int(row)) for row in np.flatnonzero(seen.status == Status.SUSPECTED)]

    assert len(notes) > 50
    assert {note.severity for note in notes} == {Severity.INFO}
    assert "low confidence" in notes[-1].sentence


def test_it_is_said_after_three_windows_and_not_before() -> None:
    step = fired(trace(curve(gets_noisy(rise=2.0))), Status.SUSPECTED)

    assert step is not None
    assert step >= 150 + 2 * 30


def test_noise_alone_is_quiet_while_the_loss_goes_on_falling() -> None:
    losses = gets_noisy(noise=0.1, rise=-3.0)

    assert trace(curve(losses)).first() is None


def test_a_rise_alone_is_quiet_while_the_noise_stays() -> None:
    assert trace(curve(gets_noisy(noise=0.02, rise=1.0))).first() is None


def test_a_blip_is_quiet() -> None:
    losses = falling(300)
    losses[150:160] *= 3

    assert trace(curve(losses)).first() is None


@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_a_noise_that_was_there_from_the_start_is_quiet(noise: float) -> None:
    losses = [falling(rows, noise, seed) for rows in (45, 150, 300) for seed in range(10)]

    assert [trace(curve(one)).first() for one in losses] == [None] * 30


def with_rate(rate: float) -> Curve:
    plain = curve(gets_noisy(rise=2.0)).training
    rates = np.concatenate([np.full(150, 1e-4), np.full(150, rate)])
    return Curve(MetricSeries(plain.step, plain.epoch, plain.loss, learning_rate=rates), planned_steps=300)


def test_the_sentence_says_whether_the_learning_rate_is_divided_out() -> None:
    known, low, unknown = (
        trace(whole).first(Status.CERTAIN)
        for whole in (with_rate(1e-4), with_rate(1e-6), curve(gets_noisy(rise=2.0)))
    )

    assert known is not None and "the learning rate is divided out" in known.sentence
    assert low is not None and "is not divided out (not exposed, or too low)" in low.sentence
    assert unknown is not None and "is not divided out" in unknown.sentence


def test_a_baseline_that_does_not_descend_gives_a_note_without_a_descent_index() -> None:
    calm = np.exp(0.001 * np.arange(150) + np.random.default_rng(0).normal(0, 0.01, 150))
    losses = np.concatenate([calm, 3 * np.exp(np.random.default_rng(1).normal(0, 0.2, 150))])

    found = trace(curve(losses)).first()

    assert found is not None
    assert found.severity is Severity.INFO
    assert "no descent index" in found.sentence


def test_the_noise_that_counts_can_be_set() -> None:
    pack = override(PACK, {"estimated_gradient.noise_index": 50})

    assert not isinstance(pack, list)
    assert trace_of(Signal.ESTIMATED_GRADIENT, curve(gets_noisy(rise=2.0)), pack).first() is None


def test_the_loss_of_a_policy_is_only_noted() -> None:
    pack = pack_for("amazon-nova-2-rft")

    found = trace_of(Signal.ESTIMATED_GRADIENT, curve(gets_noisy(rise=2.0)), pack).first(Status.CERTAIN)

    assert found is not None
    assert found.severity is Severity.INFO


def test_the_finding_begins_where_the_noise_did() -> None:
    found = trace(curve(gets_noisy(rise=2.0))).last()

    assert isinstance(found, Finding)
    assert found.first_step is not None
    assert 150 <= found.first_step <= 200


def test_twenty_rows_are_too_short_for_a_baseline_and_a_window_after_it() -> None:
    answer = trace(curve(falling(17))).last()

    assert isinstance(answer, NotEnoughData)
    assert answer.need == 17
    assert not math.isnan(answer.have)


def by_the_rule(whole: Curve) -> tuple[list[Status], list[int]]:
    """The rule read one row after the other: what it says, and since which step."""
    features = features_of(whole)
    windows = windows_of(features, LIMITS)
    seen = indices(features, windows)
    said, begins, since = [], [], 0
    for row in range(len(features)):
        alert = seen.noise[row] > 3 and (seen.rise[row] > 2 or seen.above[row] > 4)
        since = since if alert else row + 1
        begins.append(int(features.step[min(since, row)]))
        held = alert and features.step[row] - begins[-1] >= 2 * windows.length[row]
        sure = Status.CERTAIN if seen.status[row] == IndexStatus.OK else Status.SUSPECTED
        quiet = Status.QUIET if windows.ready[row] else Status.NOT_ENOUGH
        said.append(sure if held else quiet)
    return said, begins


@pytest.mark.parametrize("noise", [0.08, 0.1, 0.2])
@pytest.mark.parametrize(
    ("rise", "jump"), [(0.5, 1.0), (1.0, 1.0), (2.0, 1.0), (0.0, 1.6), (0.0, 1.8), (0.0, 2.0), (-0.5, 2.5)]
)
@pytest.mark.parametrize("step", [1, 10])
def test_each_row_says_what_the_rule_does(noise: float, rise: float, jump: float, step: int) -> None:
    losses = gets_noisy(noise=noise, rise=rise)
    losses[150:] *= jump
    whole = curve(losses, [step * row for row in range(1, 301)])

    seen, (said, begins) = trace(whole), by_the_rule(whole)

    assert seen.status.tolist() == said
    for row in np.flatnonzero(seen.status >= Status.SUSPECTED).tolist():
        assert seen.describe(row).first_step == begins[row]


def test_the_sentence_tells_the_windows_the_baseline_and_both_indices() -> None:
    whole = curve(gets_noisy(rise=2.0))
    features = features_of(whole)
    seen = indices(features, windows_of(features, LIMITS))

    found = trace(whole).last()

    assert isinstance(found, Finding)
    assert f"From step {found.first_step} to 300, 3 windows of 30 steps or more" in found.sentence
    assert "varied over 3 times as much as at the baseline (steps 31 to 60)" in found.sentence
    assert f"Noise index {seen.noise[-1]:.3g}; descent index {seen.descent[-1]:.3g}" in found.sentence
    assert f"(95 %: {seen.low[-1]:.3g} to {seen.high[-1]:.3g})" in found.sentence
    assert (found.observed, found.threshold, found.last_step) == (seen.noise[-1], 3, 300)


def test_before_a_window_after_the_baseline_it_tells_how_many_rows_it_has() -> None:
    seen = trace(curve(falling(300)))

    assert seen.at(9) == NotEnoughData(Signal.ESTIMATED_GRADIENT, 10, 17)
    assert seen.at(88) == NotEnoughData(Signal.ESTIMATED_GRADIENT, 17, 17)
    assert isinstance(seen.at(89), Quiet)
    assert len(seen.have) == 300
