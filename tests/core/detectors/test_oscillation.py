import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.findings import STOPPING_SIGNALS, Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import override, pack_for
from tests.core.detectors.curves import PACK, curve, falling, fired, trace_of
from tests.core.detectors.order import in_order, swinging


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


def test_a_climb_of_noisy_rows_is_not_called_an_oscillation() -> None:
    noise = [np.random.default_rng(seed).normal(0, 0.2, 350) for seed in range(20)]
    level = np.concatenate([np.linspace(2.4, 1.6, 300), np.linspace(3.0, 5.6, 50)])

    found = [trace(curve(level * np.exp(one), planned=500)).first() for one in noise]

    assert sum(one is not None for one in found) <= 2


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


#: A half period of each length whose rows tell little of the next; the other half is its opposite.
HALVES = ("---", "---+", "-+++-", "---+--", "----+--", "----+--+", "----+-++--")


def inverted(half: str, rows: int, size: float = 0.4) -> Floats:
    """Rows of 1, times exp(size) or exp(-size), that come again with the other sign after a half period."""
    signs = np.array([1.0 if sign == "+" else -1.0 for sign in half])
    losses: Floats = np.exp(size * np.resize(np.concatenate([signs, -signs]), rows))
    return losses


@pytest.mark.parametrize("half", HALVES)
def test_what_comes_again_inverted_is_certain_when_it_fills_half_the_plan(half: str) -> None:
    assert fired(trace(curve(inverted(half, 40), planned=60))) == 30


@pytest.mark.parametrize(("plan", "step"), [(34, None), (36, 21)])
def test_a_half_period_of_ten_rows_needs_eight_pairs_of_rows(plan: int, step: int | None) -> None:
    assert fired(trace(curve(inverted(HALVES[-1], 30), planned=plan))) == step


@pytest.mark.parametrize(("plan", "step"), [(20, 12), (24, 12), (26, 13), (60, 30)])
def test_every_other_row_is_certain_at_half_the_plan_and_at_twelve_rows_at_least(
    plan: int, step: int
) -> None:
    assert fired(trace(curve(inverted("-", 40), planned=plan))) == step


@pytest.mark.parametrize(("plan", "step"), [(48, 12), (60, 15), (80, 20)])
def test_every_other_row_is_suspected_at_a_quarter_of_the_plan(plan: int, step: int) -> None:
    assert fired(trace(curve(inverted("-", 40), planned=plan)), Status.SUSPECTED) == step


@pytest.mark.parametrize("unit", [0.5, 10, 1000])
def test_the_unit_of_the_steps_changes_nothing(unit: float) -> None:
    steps = [int(unit * step) for step in range(2, 122, 2)]
    losses = learns_then_swings(60, 6, 0.5)

    assert trace(curve(losses, steps)).status.tolist() == trace(curve(losses)).status.tolist()


def test_rows_near_the_mean_change_no_side() -> None:
    losses = np.exp(0.4 * np.resize([1, 1, -0.2, 1, -1, -1, 0.2, -1], 96))

    found = trace(curve(losses)).last()

    assert isinstance(found, Finding)
    assert "changed sides 12 times" in found.sentence
    assert "one in about 8 rows" in found.sentence


def opens(first: list[float]) -> Floats:
    """24 rows that swing by 0.4 around 1, but for the first third."""
    sizes = np.resize([0.4, -0.4], 24)
    sizes[:8] = first
    losses: Floats = np.exp(sizes)
    return losses


@pytest.mark.parametrize("backwards", [False, True])
def test_the_first_and_the_last_third_must_swing_by_half_of_it(backwards: bool) -> None:
    swings, rests = opens([0.135, -0.135] * 4), opens([0.0] * 6 + [0.14, -0.14])
    order = slice(None, None, -1 if backwards else 1)

    assert fired(trace(curve(swings[order], planned=48))) == 24
    assert fired(trace(curve(rests[order], planned=48))) is None


def test_twelve_rows_are_enough_to_be_quiet() -> None:
    seen = trace(curve(falling(12)))

    assert seen.status.tolist() == [Status.NOT_ENOUGH] * 11 + [Status.QUIET]


@pytest.mark.parametrize(("size", "step"), [(0.155, None), (0.17, 30)])
def test_the_swing_must_be_45_percent_of_the_mean(size: float, step: int | None) -> None:
    assert fired(trace(curve(inverted("-", 40, size), planned=60))) == step


@pytest.mark.parametrize(("fall", "said"), [(0.09, Status.CERTAIN), (0.11, Status.SUSPECTED)])
def test_a_tenth_from_the_first_half_to_the_second_is_a_gain(fall: float, said: Status) -> None:
    losses = inverted("-", 48)
    losses[36:] *= np.exp(-fall)

    assert trace(curve(losses)).status[-1] == said


def after_a_calm(rows: Sequence[float]) -> Status:
    """What is said at the end of 24 rows that follow on 24 calm ones, all of the plan."""
    losses = np.exp(np.concatenate([np.zeros(24), rows]))
    return Status(trace(curve(losses)).status[-1])


def runs(*lengths: int) -> list[float]:
    """So many rows above the mean, so many below it where the number is negative."""
    return [0.4 * np.sign(length) for length in lengths for _ in range(abs(length))]


def test_four_changes_of_side_are_an_oscillation_and_three_are_not() -> None:
    assert after_a_calm(runs(3, -6, 6, -6, 3)) == Status.CERTAIN
    assert after_a_calm(runs(4, -8, 8, -4)) == Status.QUIET


@pytest.mark.parametrize("row", [0, -1])
def test_the_highest_row_of_the_stretch_is_told_be_it_the_first_or_the_last(row: int) -> None:
    rows = runs(3, -6, 6, -6, 3)
    rows[row] = 0.5
    losses = np.exp(np.concatenate([np.zeros(24), rows]))

    found = trace(curve(losses)).last()

    assert isinstance(found, Finding)
    assert f"In the 24 rows from step 25 to 48 the loss went up and down between {np.exp(-0.4):.4g} and " in (
        found.sentence
    )
    assert f"and {np.exp(0.5):.4g} and changed sides" in found.sentence


def test_a_row_just_beyond_the_mean_is_no_change_of_side() -> None:
    rows = runs(4, -8, 8, -4)
    rows[8] = 0.08

    assert after_a_calm(rows) == Status.QUIET


def test_the_first_and_the_last_third_must_change_sides() -> None:
    assert after_a_calm(runs(9, -4, 4, -4, 3)) != Status.CERTAIN
    assert after_a_calm(runs(3, -4, 4, -4, 9)) != Status.CERTAIN


def swing_of(part: Floats) -> float:
    return 2 * math.tanh(math.sqrt(2) * float(np.std(part)))


def by_the_rule(level: Floats, share: float) -> list[bool]:
    """The rule for a share of the run, read one row after the other; as many steps as rows."""
    total, means, said = len(level), np.zeros(len(level)), []
    for stop in range(1, total + 1):
        first = min(math.ceil(stop - share * total), stop - 12)
        part = level[max(first, 0) : stop]
        means[stop - 1] = part.mean()
        half, third = len(part) // 2, len(part) // 3
        away = level[:stop] - means[:stop]
        far = [row for row in range(stop) if abs(away[row]) > 0.25 * 0.45]
        turns = [b for a, b in pairwise(far) if (away[a] > 0) != (away[b] > 0)]
        turns = [row for row in turns if row >= stop - len(part)]
        said.append(
            first >= 0
            and swing_of(part) >= 0.45
            and part[:half].mean() - part[half:].mean() < 0.1
            and min(swing_of(part[:third]), swing_of(part[-third:])) >= 0.5 * 0.45
            and len(turns) >= 4
            and turns[0] < stop - len(part) + third
            and turns[-1] >= stop - third
            and in_order(part)
        )
    return said


@pytest.mark.parametrize("seed", range(18))
def test_each_row_says_what_the_rule_does(seed: int) -> None:
    losses = swinging(seed)
    level = np.log(losses / losses[0] * 100 + 1)

    certain, suspected = (by_the_rule(level, share) for share in (0.5, 0.25))

    status = trace(curve(losses)).status

    assert (status == Status.CERTAIN).tolist() == certain
    assert (status == Status.SUSPECTED).tolist() == [
        short and not long for long, short in zip(certain, suspected, strict=True)
    ]
