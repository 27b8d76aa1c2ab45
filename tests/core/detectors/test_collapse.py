import numpy as np
import pytest

from finetune_guard.core.detectors.base import Trace
from finetune_guard.core.detectors.features import features_of
from finetune_guard.core.findings import Finding, NotEnoughData, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import PACK, curve, falling, fired, trace_of


def trace(whole: Curve, pack: ThresholdPack = PACK) -> Trace:
    return trace_of(Signal.COLLAPSE, whole, pack)


def with_limits(**limits: float) -> ThresholdPack:
    pack = override(PACK, {"collapse": {"ratio": 1.5, "band": 0.004, "coincidence": 0.02} | limits})
    assert isinstance(pack, ThresholdPack)
    return pack


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
    assert fired(trace(curve([1.0, 0.0]))) == 2
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


def at_levels(levels: Floats, planned: int = 100) -> Curve:
    """A curve that has these log levels, counted from its first row, which is 2."""
    return curve(0.02 * (101.0 * np.exp(levels) - 1.0), planned=planned)


def noisy(spread: float = 0.006, rows: int = 50) -> Floats:
    """Levels with normal row noise, the first of them 0."""
    levels: Floats = np.random.default_rng(3).normal(0.0, spread, rows)
    levels -= levels[0]
    return levels


def wobbling(extent: float, height: float = 1.0) -> Floats:
    """Rows that go up and down by the extent."""
    levels: Floats = np.full(50, height)
    levels[1::2] += extent
    return levels


def pinned_after(before: Floats, extent_in_noises: float, planned: int = 100) -> Curve:
    """A curve that stands still after these levels, but for a wobble told in noises of its last row."""
    noise = float(features_of(at_levels(before)).noise[-1])
    return at_levels(np.concatenate([before, wobbling(extent_in_noises * noise)]), planned)


# So many rows lie within r noises by chance with about r ** (rows - 1); .02 is allowed, shared by 3 tries.
@pytest.mark.parametrize(
    ("extent", "rows"),
    [(0, 3), (0.080, 3), (0.083, 4), (0.186, 4), (0.190, 6), (0.365, 6), (0.370, 9), (0.53, 9), (0.54, None)],
)
def test_the_less_still_it_is_the_more_rows_are_waited_for(extent: float, rows: int | None) -> None:
    step = fired(trace(pinned_after(noisy(), extent), with_limits()))

    assert step == (None if rows is None else 50 + rows)


def test_a_jump_gives_chance_as_few_tries_in_a_long_run_as_in_a_short_one() -> None:
    assert fired(trace(pinned_after(noisy(), 0.080, planned=100_000), with_limits())) == 53


def test_without_a_jump_a_longer_run_has_more_chances_to_look_still() -> None:
    climbed = np.concatenate([noisy(), np.linspace(0.05, 0.95, 19)])
    steps = [fired(trace(pinned_after(climbed, 0.014, planned), with_limits())) for planned in (100, 105)]

    assert steps == [72, 73]


@pytest.mark.parametrize(("coincidence", "step"), [(0.02, 53), (0.018, 54)])
def test_a_smaller_chance_asks_for_more_rows(coincidence: float, step: int) -> None:
    assert fired(trace(pinned_after(noisy(), 0.080), with_limits(coincidence=coincidence))) == step


@pytest.mark.parametrize(("extent", "step"), [(0.0240, 53), (0.0250, 54)])
def test_no_more_noise_is_believed_than_could_be_no_failure_itself(extent: float, step: int) -> None:
    loud = np.concatenate([noisy(spread=1.0), wobbling(extent, height=6.0)])

    assert fired(trace(at_levels(loud), with_limits(band=0.1))) == step


@pytest.mark.parametrize(("extent", "step"), [(0.0039, 53), (0.0041, None)])
def test_rows_that_move_by_the_band_stand_not_still_however_noisy_it_was(
    extent: float, step: int | None
) -> None:
    loud = np.concatenate([noisy(spread=0.1), wobbling(extent, height=2.0)])

    assert fired(trace(at_levels(loud), with_limits())) == step


@pytest.mark.parametrize(("rows", "step"), [(10.5, 61), (31.5, 82), (60.0, None)])
def test_the_nearer_to_the_ratio_the_longer_it_must_last(rows: float, step: int | None) -> None:
    before = noisy()
    doubt = 3.0 * float(features_of(at_levels(before)).noise[-1]) / rows
    height = float(np.min(before) + np.log(1.5)) + doubt

    whole = at_levels(np.concatenate([before, wobbling(0.0, height)]))

    assert fired(trace(whole, with_limits())) == step


def test_says_since_when_and_how_high_it_is_pinned() -> None:
    found = trace(curve([2.0, 0.8, 1.1, 1.0, 1.1, 1.05, 1.9, 1.9, 1.9, 1.9]), with_limits()).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (7, 10, 9)
    assert found.observed == pytest.approx(1.9 / 0.8)
    assert found.threshold == 1.5
    assert (
        "Since step 7, for 4 rows, the loss is pinned at 1.9, 2.37 times the lowest before (0.8)"
        in found.sentence
    )


def test_a_stretch_begins_with_the_first_row_that_stays_within_the_band() -> None:
    loud = noisy(spread=0.1)

    found = trace(at_levels(np.concatenate([loud, [1.994], wobbling(0.003, 2.0)])), with_limits()).last()

    assert isinstance(found, Finding)
    assert found.first_step == 52


def test_a_drift_by_less_than_the_band_at_each_row_is_no_standstill() -> None:
    drifting = np.concatenate([noisy(spread=0.1), 2.0 + 0.003 * np.arange(50)])

    assert trace(at_levels(drifting), with_limits()).first() is None


@pytest.mark.parametrize(("noises", "step"), [(2.9, 54), (3.1, 53)])
def test_a_jump_stands_three_noises_beyond_the_ratio_above_the_rows_before(noises: float, step: int) -> None:
    before = noisy()
    seen = features_of(at_levels(before))
    noise, recent = float(seen.noise[-1]), float(seen.recent[-1] - seen.level[0])
    height = recent + float(np.log(1.5)) + noises * noise

    whole = at_levels(np.concatenate([before, wobbling(0.05 * noise, height)]))

    assert fired(trace(whole, with_limits())) == step


def test_it_does_not_matter_how_many_steps_lie_between_the_rows() -> None:
    climbed = np.concatenate([noisy(), np.linspace(0.05, 0.95, 19)])
    every = pinned_after(climbed, 0.014)

    tenth = curve(every.training.loss, steps=[10 * step for step in every.training.step], planned=1000)

    assert fired(trace(every, with_limits())) == 72
    assert fired(trace(tenth, with_limits())) == 720


def test_a_loss_may_be_pinned_from_its_second_row_on() -> None:
    found = trace(curve([1.0, 2.0, 2.0, 2.0, 2.0])).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.detected_step) == (2, 4)


def test_tells_of_no_row_after_the_prefix_it_judges() -> None:
    zeros = trace(curve([1.5, 1.4, 0.0, 0.0, 0.9])).at(3)
    one = trace(curve([14578.0, 0.0])).last()

    assert isinstance(zeros, Finding)
    assert isinstance(one, Finding)
    assert "at 2 rows up to step 4, after 1.4;" in zeros.sentence
    assert "at 1 rows up to step 2, after 1.458e+04;" in one.sentence


def test_a_run_that_was_never_lower_is_not_pinned_above_what_was_reached() -> None:
    assert trace(at_levels(np.linspace(0.0, 0.28, 401), planned=401)).first() is None


def test_a_loss_that_moves_on_by_more_than_the_band_is_pinned_no_more() -> None:
    moving = np.concatenate([noisy(), np.ones(10), [1.01, 1.11, 1.21]])

    seen = trace(at_levels(moving), with_limits())

    assert fired(seen) == 53
    assert not isinstance(seen.last(), Finding)


@pytest.mark.parametrize(("points", "step"), [(2, 2), (3, 3), (5, 5)])
def test_zeros_from_the_first_row_on_fire_at_the_count_that_the_pack_asks_for(points: int, step: int) -> None:
    assert fired(trace(curve([0.0] * 8), with_limits(zero_points=points))) == step


@pytest.mark.parametrize(("last", "step"), [(0.125, None), (0.126, 6)])
def test_a_smooth_fall_that_passes_through_the_zero_level_is_no_collapse(
    last: float, step: int | None
) -> None:
    seen = trace(curve([2.0, 1.0, 0.5, last, 0.0, 0.0, 0.0]), with_limits(zero_level=0.0625))

    assert fired(seen) == step


@pytest.mark.parametrize(("jump", "step"), [(1.25, 5), (1.31, 4)])
def test_a_zero_after_a_loss_that_jumped_by_a_third_is_not_waited_for(jump: float, step: int) -> None:
    assert fired(trace(curve([1.2, 1.0, jump, 0.0, 0.0]))) == step


def test_says_how_many_zeros_there_are_and_what_was_before() -> None:
    after = trace(curve([1.5, 1.4, 0.0, 0.0, 0.0])).last()
    ever = trace(curve([0.0] * 4)).last()

    assert isinstance(after, Finding)
    assert isinstance(ever, Finding)
    assert "exactly 0 at 3 rows up to step 5, after 1.4;" in after.sentence
    assert "exactly 0 at 4 rows up to step 4, from the first row on;" in ever.sentence
    assert (after.first_step, after.last_step, after.detected_step) == (3, 5, 4)
    assert (ever.first_step, ever.last_step, ever.detected_step) == (1, 4, 3)
    assert (after.observed, after.threshold) == (0.0, 0.0)


def test_two_rows_have_two_of_the_three_that_are_needed() -> None:
    answer = trace(curve([1.0, 0.9])).last()

    assert isinstance(answer, NotEnoughData)
    assert (answer.have, answer.need) == (2, 3)
    assert not isinstance(trace(curve([1.0, 0.9, 0.8])).last(), NotEnoughData)
