import numpy as np
import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import curve, falling, fired, trace_of


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.LOSS_SPIKE, whole)


def jump(rows: int, at: int, factor: float, length: int | None = None, seed: int = 0) -> Floats:
    losses = falling(rows, seed=seed)
    end = rows if length is None else at + length
    losses[at:end] *= factor
    return losses


@pytest.mark.parametrize("rows", [20, 45, 150, 600])
def test_fires_on_a_jump_that_has_outlasted_a_blip(rows: int) -> None:
    at = rows // 2
    step = fired(trace(curve(jump(rows, at, 2.5))))

    assert step is not None
    longest_blip = max(3, rows // 20)
    assert at + 1 + longest_blip <= step <= at + 1 + longest_blip + max(2, rows // 20)


@pytest.mark.parametrize("rows", [20, 45, 150, 600])
@pytest.mark.parametrize("factor", [1.5, 2.5, 4.0])
def test_a_blip_that_comes_back_is_no_finding(rows: int, factor: float) -> None:
    losses = jump(rows, rows // 2, factor, length=max(3, rows // 20))

    assert trace(curve(losses)).first() is None


@pytest.mark.parametrize("rows", [20, 45, 150, 600])
def test_a_step_to_harder_data_after_which_learning_goes_on_is_no_finding(rows: int) -> None:
    assert trace(curve(jump(rows, rows // 2, 1.25))).first() is None


def test_says_what_was_seen_against_what() -> None:
    found = trace(curve(jump(100, 60, 2.0))).last()

    assert isinstance(found, Finding)
    assert found.may_stop
    assert found.first_step == 61
    assert 1.8 < found.observed < 2.4
    assert 1.4 <= found.threshold < 1.6
    assert "jumped" in found.sentence
    assert "step 61" in found.sentence


def test_ten_times_the_highest_loss_is_not_waited_for() -> None:
    losses = np.append(falling(20), 40.0)

    found = trace(curve(losses, planned=100)).last()

    assert isinstance(found, Finding)
    assert found.detected_step == 21
    assert "nothing is waited for" in found.sentence
    assert found.threshold == 10


def test_nine_times_the_highest_loss_is_waited_for() -> None:
    losses = falling(20)

    assert trace(curve(np.append(losses, 9.0 * losses.max()), planned=100)).first() is None


def test_is_quiet_again_after_the_spike_has_come_back() -> None:
    losses = jump(100, 40, 3.0, length=20)

    seen = trace(curve(losses))

    assert seen.first() is not None
    assert not isinstance(seen.last(), Finding)


def test_keeps_saying_so_while_the_spike_lasts() -> None:
    seen = trace(curve(jump(100, 50, 3.0, seed=3)))
    first = int(np.flatnonzero(seen.status >= 3)[0])

    assert (seen.status[first:] >= 3).all()
    last = seen.last()
    assert isinstance(last, Finding)
    assert last.detected_step == first + 1


def test_nine_rows_are_too_short() -> None:
    answer = trace(curve([2.0, 1.8, 1.6, 1.5, 5.0, 5.0, 5.0, 5.0, 5.0])).last()

    assert isinstance(answer, NotEnoughData)
    assert (answer.have, answer.need) == (9, 10)


def test_a_non_finite_row_within_it_does_not_hide_it() -> None:
    losses = np.insert(jump(60, 30, 3.0), 32, np.nan)

    assert fired(trace(curve(losses))) is not None


def test_a_batch_of_one_record_is_no_spike() -> None:
    rng = np.random.default_rng(5)
    stops = 0
    for _ in range(200):
        losses = 1.5 * np.exp(-0.4 * np.arange(60) / 60 + rng.normal(0, 0.2, 60))
        stops += trace(curve(losses)).first() is not None

    assert stops <= 5


def test_a_higher_ratio_lets_more_pass() -> None:
    pack = override(ThresholdPack(), {"loss_spike.ratio": 3})
    assert isinstance(pack, ThresholdPack)

    assert trace_of(Signal.LOSS_SPIKE, curve(jump(100, 50, 2.5)), pack).first() is None


def test_a_longer_wait_speaks_later() -> None:
    pack = override(ThresholdPack(), {"loss_spike.wait_points": 15})
    assert isinstance(pack, ThresholdPack)

    whole = curve(jump(100, 50, 2.5))

    late = fired(trace_of(Signal.LOSS_SPIKE, whole, pack))
    assert late == 66


def test_without_a_plan_it_speaks_all_the_same() -> None:
    whole = curve(jump(60, 30, 2.5))

    assert fired(trace(Curve(whole.training))) is not None


def settled(rows: int, factor: float, at: int = 30) -> Floats:
    """A flat run without noise that jumps by a factor and stays there."""
    losses = np.full(rows, 2.0)
    losses[at:] *= factor
    return losses


def test_a_jump_that_lasts_fires_above_its_threshold_and_not_below() -> None:
    spike = trace_of(Signal.LOSS_SPIKE, curve(settled(100, 4.0))).last()
    assert isinstance(spike, Finding)
    needed = spike.threshold

    assert trace(curve(settled(100, 0.98 * needed))).first() is None
    assert trace(curve(settled(100, 1.04 * needed))).first() is not None


def test_the_threshold_follows_the_ratio_of_the_pack() -> None:
    high = override(ThresholdPack(), {"loss_spike.ratio": 2.8})
    assert isinstance(high, ThresholdPack)
    whole = curve(settled(100, 6.0))

    usual, higher = trace(whole).last(), trace_of(Signal.LOSS_SPIKE, whole, high).last()

    assert isinstance(usual, Finding)
    assert isinstance(higher, Finding)
    assert higher.threshold == pytest.approx(2.0 * usual.threshold, rel=1e-6)


@pytest.mark.parametrize(("factor", "step"), [(10.0, None), (10.1, 21)])
def test_more_than_ten_times_the_highest_loss_is_called_at_its_row(factor: float, step: int | None) -> None:
    losses = [*[2.0] * 19, 3.0, 3.0 * factor]

    assert fired(trace(curve(losses, planned=100))) == step


def test_ten_times_is_of_the_highest_loss_so_far_and_not_of_the_last() -> None:
    assert trace(curve([*[8.0] * 3, *[1.0] * 20, 20.0], planned=200)).first() is None


@pytest.mark.parametrize("points", [9, 12])
def test_no_row_before_the_fewest_that_the_pack_asks_for_fires(points: int) -> None:
    pack = override(ThresholdPack(), {"loss_spike.minimum_points": points})
    assert isinstance(pack, ThresholdPack)

    seen = trace_of(Signal.LOSS_SPIKE, curve([*[1.0] * 4, *[50.0] * 16]), pack)

    assert fired(seen) == points
    early = seen.at(points - 2)
    assert isinstance(early, NotEnoughData)
    assert (early.have, early.need) == (points - 1, points)


def test_says_what_was_the_highest_before_a_jump_that_is_not_waited_for() -> None:
    found = trace(curve([*[2.0] * 14, 4.0, 60.0, 61.0], planned=100)).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (15, 17, 16)
    assert (found.observed, found.threshold) == (15.0, 10.0)
    assert "rose to 60 at step 16, 15 times the highest loss before (4); from 10 times" in found.sentence


@pytest.mark.parametrize("length", [3, 5])
def test_a_blip_of_a_twentieth_of_the_run_is_none_and_of_a_tenth_is_one(length: int) -> None:
    rows = 20 * length
    blip, spike = (settled(rows, 4.0, at=rows // 2) for _ in range(2))
    blip[rows // 2 + length :] = 2.0
    spike[rows // 2 + 2 * length :] = 2.0

    assert trace(curve(blip)).first() is None
    assert trace(curve(spike)).first() is not None


def test_ten_times_the_highest_is_called_at_once_at_any_scale() -> None:
    losses = np.append(falling(30) / 100, 0.5)

    assert fired(trace(curve(losses))) == 31


def test_a_loss_above_nothing_but_zeros_is_no_multiple_of_anything() -> None:
    assert trace(curve([0.0] * 12 + [0.7])).first() is None


def test_of_two_jumps_that_are_called_at_once_the_first_is_told() -> None:
    losses = np.append(np.resize([1.0, 1.01], 30), [20.0, 20.0, 400.0])

    finding = trace(curve(losses)).last()

    assert isinstance(finding, Finding)
    assert "rose to 20 at step 31" in finding.sentence


def test_a_jump_that_comes_later_is_not_told_before_it_comes() -> None:
    losses = np.append(np.resize([1.0, 1.01], 30), [2.0, 2.1, 2.0, 2.1, 2.0, 90.0])

    before = trace(curve(losses)).at(34)

    assert isinstance(before, Finding)
    assert "jumped to 2" in before.sentence
