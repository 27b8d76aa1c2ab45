import math

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.findings import STOPPING_SIGNALS, Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import override, pack_for
from tests.core.detectors.curves import PACK, curve, falling, fired, trace_of


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.OSCILLATION, whole)


def wave(rows: int, period: float, amplitude: float, noise: float = 0.05, square: bool = False) -> Floats:
    """Swings around 1 with normal row noise."""
    turn = np.sin(2 * np.pi * (np.arange(rows) + 0.5) / period)
    shape = np.sign(turn) if square else turn
    losses: Floats = (1 + amplitude * shape) * np.exp(np.random.default_rng(3).normal(0, noise, rows))
    return losses


def learns_then_swings(rows: int, period: float, amplitude: float, square: bool = False) -> Floats:
    """Learns for a fifth of the run, then swings around where it came to."""
    calm = falling(rows // 5)
    return np.concatenate([calm / calm[-1], wave(rows - len(calm), period, amplitude, square=square)])


@pytest.mark.parametrize("period", [2, 3, 5, 12, 30])
def test_a_run_that_swings_by_half_its_level_is_warned_of(period: int) -> None:
    found = trace(curve(learns_then_swings(300, period, 0.4))).last()

    assert isinstance(found, Finding)
    assert found.severity is Severity.WARNING
    assert not found.may_stop
    assert found.observed > found.threshold
    assert "changed sides" in found.sentence


def test_it_never_stops_a_job() -> None:
    assert Signal.OSCILLATION not in STOPPING_SIGNALS


def test_every_other_row_up_and_down_is_said_on_twenty_rows() -> None:
    losses = np.concatenate([falling(4), wave(16, 2, 0.3, square=True)])

    found = trace(curve(losses)).first()

    assert found is not None
    assert found.first_step is not None
    assert 3 <= found.first_step <= 6


def test_a_perfect_wave_without_any_noise_is_said() -> None:
    assert trace(curve([1.0, 2.0] * 20)).first() is not None


def test_swings_that_grow_are_said() -> None:
    growing = 1 + np.linspace(0.2, 0.8, 100) * np.sin(np.arange(100) * 0.9)

    assert trace(curve(growing)).first() is not None


def test_a_quarter_of_the_run_is_suspected_and_half_of_it_certain() -> None:
    seen = trace(curve(learns_then_swings(200, 6, 0.5)))

    suspected, certain = fired(seen, Status.SUSPECTED), fired(seen, Status.CERTAIN)

    assert suspected is not None
    assert certain is not None
    assert 40 < suspected <= 100
    assert 100 < certain <= 160


def test_swings_for_less_than_a_quarter_of_the_run_are_quiet() -> None:
    losses = np.concatenate([falling(100), wave(30, 5, 0.5)])

    assert trace(curve(losses, planned=400)).first() is None


@pytest.mark.parametrize("noise", [0.3, 0.5])
def test_batches_of_one_record_are_no_oscillation(noise: float) -> None:
    losses = [falling(rows, noise, seed) for rows in (20, 45, 150, 300) for seed in range(25)]

    found = [one for one in losses if trace(curve(one)).first() is not None]

    assert len(found) <= 3  # of 100; docs/signals.md gives the rates


@pytest.mark.parametrize("period", [5, 8, 12])
def test_a_data_order_sawtooth_is_quiet(period: int) -> None:
    teeth = 1 + 0.15 * (2 * (np.arange(150) % period) / (period - 1) - 1)

    assert trace(curve(falling(150) * teeth)).first() is None


def test_an_epoch_staircase_is_quiet() -> None:
    stairs = falling(300, noise=0.05) * np.power(0.6, np.arange(300) // 60)

    assert trace(curve(stairs)).first() is None


def test_warm_restarts_whose_envelope_falls_are_quiet() -> None:
    cycle = np.arange(300) % 50 / 50
    losses = 2 * np.exp(-np.arange(300) / 200) * (1 + 0.5 * np.cos(np.pi * cycle) ** 2)

    assert trace(curve(losses)).first() is None


def test_a_burst_of_blips_is_quiet() -> None:
    losses = falling(300)
    losses[150:165] *= np.random.default_rng(0).uniform(1.3, 4, 15)

    assert trace(curve(losses)).first() is None


def test_swings_while_the_level_falls_are_quiet() -> None:
    losses = wave(200, 10, 0.4) * np.exp(-np.arange(200) / 100)

    assert trace(curve(losses)).first() is None


def test_swings_that_end_are_quiet_again() -> None:
    losses = np.concatenate([wave(120, 5, 0.5), 0.8 * falling(180) / 2])

    seen = trace(curve(losses))

    assert seen.first() is not None
    assert not isinstance(seen.last(), Finding)


def test_without_a_plan_as_many_rows_again_are_taken_to_come() -> None:
    known = Curve(curve(learns_then_swings(100, 4, 0.5)).training)

    assert fired(trace(known), Status.SUSPECTED) is not None


def test_the_sentence_tells_the_extremes_of_the_stretch_and_how_often_it_swings() -> None:
    found = trace(curve(2 * wave(40, 4, 0.5, noise=0.0, square=True))).first()

    assert found is not None
    assert "between 1 and 3" in found.sentence
    assert "changed sides 5 times" in found.sentence
    assert found.observed == pytest.approx(2 * math.tanh(math.sqrt(2) * math.log(3) / 2), rel=0.05)


@pytest.mark.parametrize("period", [6, 8, 10, 14, 16, 20])
def test_a_square_wave_is_warned_of_as_well(period: int) -> None:
    assert trace(curve(learns_then_swings(150, period, 0.4, square=True))).first() is not None


def test_the_swing_that_counts_can_be_set() -> None:
    pack = override(PACK, {"oscillation.swing": 1.2})

    assert not isinstance(pack, list)
    assert trace_of(Signal.OSCILLATION, curve(wave(100, 5, 0.3)), pack).first() is None


def test_the_loss_of_a_policy_may_swing_and_is_only_noted() -> None:
    pack = pack_for("amazon-nova-2-rft")

    found = trace_of(Signal.OSCILLATION, curve(wave(100, 5, 0.5)), pack).first()

    assert found is not None
    assert found.severity is Severity.INFO


def test_eleven_rows_are_too_short() -> None:
    answer = trace(curve([1.0, 2.0] * 5 + [1.0])).last()

    assert isinstance(answer, NotEnoughData)
    assert answer.need == 12
