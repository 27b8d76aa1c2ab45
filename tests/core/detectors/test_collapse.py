import numpy as np
import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from tests.core.detectors.curves import curve, falling, fired, trace_of


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.COLLAPSE, whole)


def frozen(rows: int, at: int, level: float) -> Floats:
    losses = falling(rows, noise=0.05)
    losses[at:] = level * (1 + 0.0005 * np.sin(np.arange(rows - at)))
    return losses


@pytest.mark.parametrize("rows", [20, 45, 150, 600])
def test_fires_on_a_loss_pinned_above_what_was_reached(rows: int) -> None:
    at = rows // 2

    found = trace(curve(frozen(rows, at, 2.303))).first()

    assert isinstance(found, Finding)
    assert found.may_stop
    assert found.first_step == at + 1
    assert found.detected_step is not None
    assert found.detected_step <= at + 6
    assert "pinned at 2.30" in found.sentence


def test_a_pinned_loss_needs_no_ten_rows() -> None:
    assert fired(trace(curve([2.5, 1.2, 1.1, 2.3026, 2.3026, 2.3026, 2.3026, 2.3026, 2.3026]))) is not None


def test_zeros_from_the_first_row_on_fire_at_the_third() -> None:
    assert fired(trace(curve([0.0, 0.0, 0.0, 0.0]))) == 3


def test_an_exact_zero_right_after_a_jump_fires_at_once() -> None:
    found = trace(curve([14578.0, 0.0])).last()

    assert isinstance(found, Finding)
    assert found.may_stop
    assert found.detected_step == 2


def test_two_zeros_that_no_fall_led_to_fire() -> None:
    assert fired(trace(curve([*falling(30), 0.0, 0.0]))) == 32


def test_one_zero_on_a_quiet_level_is_waited_for() -> None:
    assert trace(curve([*falling(30), 0.0, 1.0, 1.0])).first() is None


def test_a_smooth_fall_that_a_log_rounds_to_zero_is_no_collapse() -> None:
    losses = np.round(2.0 * 0.6 ** np.arange(40), 4)

    assert losses[-1] == 0
    assert trace(curve(losses)).first() is None


def test_is_quiet_again_when_the_loss_moves_again() -> None:
    losses = frozen(100, 50, 2.3)
    losses[80:] = falling(100)[80:]

    seen = trace(curve(losses))

    assert seen.first() is not None
    assert not isinstance(seen.last(), Finding)


def test_a_converged_tail_that_prints_the_same_number_is_no_collapse() -> None:
    losses = np.round(falling(200, noise=0.0), 2)

    assert trace(curve(losses)).first() is None


def test_the_own_noise_of_a_long_run_does_not_pin_it_by_chance() -> None:
    assert trace(curve(falling(20_000, noise=0.1))).first() is None


def test_two_rows_are_too_short() -> None:
    assert isinstance(trace(curve([1.0, 1.0])).last(), NotEnoughData)
