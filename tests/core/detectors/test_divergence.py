import numpy as np
import pytest

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import curve, falling, fired, trace_of


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.DIVERGENCE, whole)


def climb(rows: int, at: int, factor: float, over: int) -> Floats:
    """From a row on, nothing is learned any more and the loss climbs to a factor over so many rows."""
    losses = falling(rows)
    since = np.arange(rows - at)
    losses[at:] = losses[at - 5 : at].mean() * (1 + (factor - 1) * np.minimum(1, (since + 1) / over))
    losses[at:] *= np.exp(np.random.default_rng(1).normal(0, 0.03, rows - at))
    return losses


@pytest.mark.parametrize("rows", [20, 45, 150, 600])
def test_fires_on_a_slow_climb_before_it_ends(rows: int) -> None:
    at = int(rows * 0.4)
    over = int(rows * 0.4)

    step = fired(trace(curve(climb(rows, at, 3.0, over))))

    assert step is not None
    assert at < step <= at + over


def test_says_since_when_and_how_high() -> None:
    found = trace(curve(climb(150, 60, 2.5, 60))).first(Status.CERTAIN)

    assert isinstance(found, Finding)
    assert found.may_stop
    assert found.first_step is not None
    assert 60 < found.first_step < 80
    assert 1.2 < found.observed < 1.6
    assert "times the lowest level before" in found.sentence


def test_a_small_climb_is_a_warning_and_never_a_stop() -> None:
    found = trace(curve(climb(150, 75, 1.25, 40))).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop


def test_a_blow_up_that_falls_to_a_plateau_above_its_first_row_is_seen() -> None:
    rows = np.arange(100)
    losses = 2.29 * np.where(rows == 0, 1.0, 1.3 + 1.2 * np.exp(-rows / 8))
    losses *= np.exp(np.random.default_rng(2).normal(0, 0.04, 100))

    found = trace(curve(losses)).last()

    assert isinstance(found, Finding)
    assert found.may_stop
    assert found.first_step == 2


def test_a_hump_of_the_warm_up_is_no_finding() -> None:
    for rows in (20, 45, 150, 600):
        losses = falling(rows)
        width = max(2, int(rows * 0.12))
        losses[:width] *= 1 + 0.5 * np.sin(np.pi * np.arange(width) / width)

        assert trace(curve(losses)).first() is None, rows


def test_a_hump_that_becomes_no_better_after_the_warm_up_is_one() -> None:
    losses = falling(100)
    losses[8:] = 1.6 * losses[:8].min() * np.exp(np.random.default_rng(0).normal(0, 0.03, 92))

    step = fired(trace(curve(losses)))

    assert step is not None
    assert 15 <= step <= 35


@pytest.mark.parametrize("period", [5, 8, 12])
@pytest.mark.parametrize("rows", [45, 150, 600])
def test_a_pattern_of_the_data_order_is_no_finding(rows: int, period: int) -> None:
    saw = 1 + 0.12 * (2 * (np.arange(rows) % period) / (period - 1) - 1)

    assert trace(curve(falling(rows) * saw)).first() is None


def test_a_staircase_at_epoch_borders_is_no_finding() -> None:
    losses = np.repeat([2.0, 1.2, 0.7], 30) * (1 + 0.05 * np.tile(np.linspace(-1, 1, 30), 3))

    assert trace(curve(losses)).first() is None


def test_a_converged_tail_that_wanders_is_no_finding() -> None:
    losses = 2.0 * np.exp(-np.arange(200) / 8) + 0.002
    losses *= np.exp(np.random.default_rng(4).normal(0, 0.25, 200))

    assert trace(curve(losses)).first() is None


def test_nine_rows_are_too_short() -> None:
    answer = trace(curve(np.linspace(1, 5, 9))).last()

    assert isinstance(answer, NotEnoughData)
    assert (answer.have, answer.need) == (9, 10)


def test_the_pack_decides_how_severe_it_is() -> None:
    pack = override(ThresholdPack(), {"divergence.ratio": 50, "divergence.climb_ratio": 50})
    assert isinstance(pack, ThresholdPack)

    found = trace_of(Signal.DIVERGENCE, curve(climb(150, 60, 2.5, 60)), pack).last()

    assert not isinstance(found, Finding) or not found.may_stop


def test_nothing_learned_is_not_said_before_its_share_of_the_run() -> None:
    losses = np.append(1.25, 1.42 * np.exp(np.random.default_rng(0).normal(0, 0.01, 99)))

    assert fired(trace(curve(losses))) == 16


def with_limits(**limits: float) -> ThresholdPack:
    pack = override(ThresholdPack(), {"divergence": limits})
    assert isinstance(pack, ThresholdPack)
    return pack


def unlearned(rows: int = 100) -> Curve:
    """It left its first loss upwards, to nearly one and a half times, and never came back."""
    return curve(np.append(1.25, 1.8 * np.exp(np.random.default_rng(0).normal(0, 0.01, rows - 1))))


@pytest.mark.parametrize(("share", "step"), [(0.25, 26), (0.5, 51), (0.75, 76)])
def test_nothing_learned_is_said_right_after_its_share_of_the_run(share: float, step: int) -> None:
    pack = with_limits(unlearned_share=share, ratio=10, climb_ratio=10, warn_ratio=10)

    assert fired(trace_of(Signal.DIVERGENCE, unlearned(), pack)) == step


def test_nothing_learned_is_told_from_the_second_row_on_and_against_the_first() -> None:
    pack = with_limits(ratio=10, climb_ratio=10, warn_ratio=10)

    found = trace_of(Signal.DIVERGENCE, unlearned(), pack).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step) == (2, 100)
    assert found.observed == pytest.approx(1.8 / 1.25, rel=0.02)
    assert found.threshold == pytest.approx(1.1, rel=0.1)
    assert "times the first loss, and was never below it since" in found.sentence


@pytest.mark.parametrize("points", [20, 40])
def test_no_row_before_the_fewest_that_the_pack_asks_for_fires(points: int) -> None:
    seen = trace_of(Signal.DIVERGENCE, curve(climb(60, 8, 6.0, 10)), with_limits(minimum_points=points))

    assert fired(seen) == points
    early = seen.at(points - 2)
    assert isinstance(early, NotEnoughData)
    assert (early.have, early.need) == (points - 1, points)


def test_a_higher_ratio_speaks_later_or_not_at_all() -> None:
    whole = curve(climb(300, 100, 4.0, 120))

    steps = [
        fired(
            trace_of(Signal.DIVERGENCE, whole, with_limits(ratio=ratio, climb_ratio=ratio, unlearned_share=1))
        )
        for ratio in (1.25, 2.0, 3.0, 8.0)
    ]

    assert steps[-1] is None
    spoken = [step for step in steps if step is not None]
    assert len(spoken) == 3
    assert spoken == sorted(set(spoken))


def test_a_climb_that_begins_in_the_warm_up_is_believed_at_twice_the_warm_up() -> None:
    rng = np.random.default_rng(0)
    losses = np.append(np.geomspace(3, 1, 40), 1.001 ** np.arange(960)) * np.exp(rng.normal(0, 0.003, 1000))

    step = fired(trace(curve(losses)), Status.SUSPECTED)

    assert step is not None
    assert 301 <= step <= 303


@pytest.mark.parametrize(("height", "said"), [(0.105, False), (0.125, True)])
def test_nothing_learned_must_stand_above_the_first_row_by_the_ratio_and_a_noise(
    height: float, said: bool
) -> None:
    noise = 0.01 * np.resize([1, -1], 99)
    losses = np.append(1.0, np.exp(height + noise))

    assert (fired(trace(curve(losses))) is not None) == said
