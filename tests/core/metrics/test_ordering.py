import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.metrics.columns import Quantity
from finetune_guard.core.metrics.ordering import Ordered, order_rows

Row = tuple[float, float, float]  # step, epoch, loss

LOSS = st.sampled_from([0.0, 0.5, 1.0, 1.5, math.nan, math.inf, -math.inf])
ROWS = st.lists(st.tuples(st.integers(0, 12).map(float), st.integers(0, 2).map(float), LOSS), max_size=40)


def order(rows: list[Row]) -> Ordered:
    step, epoch, loss = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return order_rows({Quantity.STEP: step, Quantity.EPOCH: epoch, Quantity.LOSS: loss})


def run(steps: range, loss: float, epoch: float = math.nan) -> list[Row]:
    return [(float(step), epoch, loss + step / 100) for step in steps]


def points(ordered: Ordered) -> list[tuple[int, float]]:
    return list(zip(ordered.series.step.tolist(), ordered.series.loss.tolist(), strict=True))


@pytest.mark.fault(46)
@given(st.lists(st.tuples(st.integers(0, 500), LOSS), unique_by=lambda row: row[0], min_size=1), st.randoms())
def test_rows_out_of_order_give_the_same_curve_in_any_order(
    rows: list[tuple[int, float]], rng: random.Random
) -> None:
    written: list[Row] = [(float(step), float(step // 50), loss) for step, loss in sorted(rows)]
    shuffled = rng.sample(written, len(written))

    ordered = order(shuffled)

    np.testing.assert_array_equal(ordered.series.step, [row[0] for row in written])
    np.testing.assert_array_equal(ordered.series.loss, [row[2] for row in written])
    assert ordered.attempts == 1


@pytest.mark.fault(45)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_rows_written_again_change_nothing_in_any_order(seed: int, copies: int) -> None:
    rows = run(range(30), 1.0)
    again = rows * copies + rows[::2]

    ordered = order(random.Random(seed).sample(again, len(again)))

    assert points(ordered) == points(order(rows))
    assert (ordered.duplicates, ordered.merged, ordered.superseded) == (len(again) - len(rows), 0, 0)


@pytest.mark.fault(45)
def test_several_rows_in_place_for_one_step_give_their_mean() -> None:
    ordered = order([(1, 0, 2.0), (1, 0, 3.0), (1, 0, 4.0), (2, 0, 1.0), (2, 0, 2.0)])

    assert points(ordered) == [(1, 3.0), (2, 1.5)]
    assert (ordered.merged, ordered.attempts) == (3, 1)


@pytest.mark.fault(46)
@given(st.integers(0, 2**32))
def test_several_rows_a_step_give_the_same_curve_in_any_random_order(seed: int) -> None:
    rows = [(float(step), 0.0, step + part / 7) for step in range(20) for part in range(4)]

    ordered = order(random.Random(seed).sample(rows, len(rows)))

    assert points(ordered) == points(order(rows))


@pytest.mark.fault(42)
@pytest.mark.parametrize(
    ("losses", "mean"),
    [((1.5, math.nan), math.nan), ((1.5, math.inf), math.inf), ((math.inf, -math.inf), math.nan)],
)
def test_a_mean_hides_no_non_finite_loss(losses: tuple[float, float], mean: float) -> None:
    ordered = order([(1, 0, losses[0]), (1, 0, losses[1])])

    np.testing.assert_array_equal(ordered.series.loss, [mean])


@pytest.mark.fault(47)
def test_a_restart_from_the_beginning_leaves_the_last_attempt() -> None:
    first, second = run(range(10), 5.0), run(range(6), 1.0)

    ordered = order(first + second)

    assert points(ordered) == points(order(second))
    assert (ordered.attempts, ordered.superseded) == (2, 10)


@pytest.mark.fault(47)
def test_a_resume_from_a_checkpoint_keeps_what_came_before_it() -> None:
    first, second = run(range(10), 5.0), run(range(4, 8), 1.0)

    ordered = order(first + second)

    assert points(ordered) == points(order(first[:4] + second))
    assert (ordered.attempts, ordered.superseded) == (2, 6)


@pytest.mark.fault(47)
def test_each_restart_is_an_attempt_of_its_own() -> None:
    rows = run(range(10), 5.0) + run(range(8), 4.0) + run(range(5, 9), 3.0) + run(range(12), 1.0)

    ordered = order(rows)

    assert points(ordered) == points(order(run(range(12), 1.0)))
    assert ordered.attempts == 4


@pytest.mark.fault(47)
def test_a_restart_that_begins_with_the_same_losses_is_still_seen() -> None:
    first = run(range(10), 5.0)
    second = first[:3] + run(range(3, 6), 1.0)

    assert points(order(first + second)) == points(order(second))


@pytest.mark.fault(47)
def test_a_nan_that_both_attempts_reach_stays_in_the_second() -> None:
    first: list[Row] = [*run(range(4), 5.0), (4.0, math.nan, math.nan), (5.0, math.nan, math.nan)]
    second: list[Row] = [*run(range(4), 1.0), (4.0, math.nan, math.nan)]

    ordered = order(first + second)

    np.testing.assert_array_equal(ordered.series.step, [0, 1, 2, 3, 4])
    assert math.isnan(ordered.series.loss[-1])


@pytest.mark.fault(47)
def test_a_late_row_that_fills_a_gap_is_no_restart() -> None:
    rows = run(range(10), 1.0)

    ordered = order(rows[:5] + rows[6:9] + [rows[5], rows[9]])

    assert points(ordered) == points(order(rows))
    assert ordered.attempts == 1


@pytest.mark.fault(47)
def test_a_late_row_of_the_second_attempt_is_no_third() -> None:
    second = run(range(5), 1.0)

    ordered = order(run(range(12), 5.0) + second[:3] + [second[4], second[3]])

    assert points(ordered) == points(order(second))
    assert ordered.attempts == 2


@pytest.mark.fault(47)
def test_a_single_row_is_enough_to_begin_anew() -> None:
    assert points(order([(1, 0, 5.0), (2, 0, 6.0), (1, 0, 1.0)])) == [(1, 1.0)]


@pytest.mark.fault(45)
def test_several_rows_a_step_are_no_restart_even_beside_a_late_row() -> None:
    rows = run(range(12), 1.0)
    rows[6:8] = [rows[7], rows[6]]

    ordered = order([*rows[:3], (2.0, math.nan, 3.02), *rows[3:]])

    assert ordered.series.loss[2] == pytest.approx(2.02)
    assert (len(ordered.series), ordered.merged, ordered.attempts) == (12, 1, 1)


def test_one_row_with_a_wrong_epoch_does_not_make_steps_count_by_epoch() -> None:
    rows = [row for epoch in range(3) for row in run(range(epoch * 6, epoch * 6 + 6), 1.0, epoch)]
    rows[8] = (8.0, 2.0, rows[8][2])

    ordered = order(rows[::-1])

    assert points(ordered) == points(order(rows))
    assert not ordered.renumbered


def test_steps_that_begin_anew_in_each_epoch_are_counted_on() -> None:
    rows = [row for epoch in range(3) for row in run(range(1, 7), 3.0 - epoch, epoch)]

    ordered = order(rows)

    assert ordered.series.step.tolist() == list(range(1, 19))
    assert ordered.series.loss.tolist() == [row[2] for row in rows]
    assert (ordered.renumbered, ordered.attempts) == (True, 1)


@pytest.mark.fault(46)
@given(st.integers(0, 2**32))
def test_steps_counted_in_epochs_are_the_same_in_any_order(seed: int) -> None:
    rows = [row for epoch in range(3) for row in run(range(1, 7), 3.0 - epoch, epoch)]

    ordered = order(random.Random(seed).sample(rows, len(rows)))

    assert points(ordered) == points(order(rows))


def test_one_evaluation_an_epoch_under_one_step_number_keeps_every_epoch() -> None:
    ordered = order([(0, 0, 1.5), (0, 1, 1.25), (0, 2, 1.0)])

    assert ordered.series.loss.tolist() == [1.5, 1.25, 1.0]
    assert ordered.series.epoch.tolist() == [0, 1, 2]


@pytest.mark.fault(47)
def test_a_restart_with_longer_epochs_is_not_renumbered() -> None:
    first = run(range(1, 7), 5.0, 0) + run(range(7, 13), 5.0, 1)
    second = run(range(1, 13), 1.0, 0) + run(range(13, 15), 1.0, 1)

    ordered = order(first + second)

    assert points(ordered) == points(order(second))
    assert not ordered.renumbered


def test_no_rows_give_no_curve_and_no_attempt() -> None:
    assert order([]).attempts == 0
    assert len(order([]).series) == 0


@given(ROWS)
def test_every_row_is_accounted_for_and_each_step_comes_once(rows: list[Row]) -> None:
    ordered = order(rows)

    assert len(rows) == len(ordered.series) + ordered.duplicates + ordered.merged + ordered.superseded
    assert np.all(np.diff(ordered.series.step) > 0)


@given(ROWS)
def test_a_non_finite_loss_is_lost_only_with_its_attempt(rows: list[Row]) -> None:
    ordered = order(rows)

    if any(not math.isfinite(row[2]) for row in rows) and not ordered.superseded:
        assert not np.isfinite(ordered.series.loss).all()


def test_quantities_that_no_row_has_are_not_exposed() -> None:
    columns = {quantity: np.array([1.0, 2.0]) for quantity in (Quantity.STEP, Quantity.EPOCH, Quantity.LOSS)}

    series = order_rows(
        {**columns, Quantity.LEARNING_RATE: np.array([0.1, math.nan]), Quantity.MEMORY: np.full(2, math.nan)}
    ).series

    np.testing.assert_array_equal(series.learning_rate, [0.1, math.nan])
    assert len(series.memory) == 0
