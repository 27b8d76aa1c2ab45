from collections.abc import Sequence

import numpy as np
import pytest

from finetune_guard.core.detectors import divergence
from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.findings import Finding, NotEnoughData, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats
from finetune_guard.core.thresholds import ThresholdPack, override
from tests.core.detectors.curves import curve, falling, fired, prepared, trace_of


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


#: Nothing but a climb speaks.
QUIET = {"ratio": 100.0, "unlearned_share": 1.0}
#: Only what was never learned speaks.
UNLEARNED = {"climb_ratio": 100.0, "warn_ratio": 100.0}


def status_of(level: Sequence[float] | Floats, noise: float = 0.0, **limits: float) -> int:
    """How sure it is at the last row of a curve that is given by its log levels."""
    features = prepared(level, noise)
    return int(divergence.trace(features, with_limits(**{**QUIET, **limits})).status[-1])


def first_of(level: Sequence[float] | Floats, **limits: float) -> int | None:
    """The step at which it first is certain."""
    return fired(divergence.trace(prepared(level), with_limits(**{**QUIET, **limits})))


def thirds(early: float, middle: float, late: float, rows: int) -> Floats:
    """A level of 0, then a climb in three steps; the running median sees the second row of it first."""
    return np.concatenate([np.zeros(30), [early], np.repeat([early, middle, late], rows)])


def line(slope: float, rows: int, before: int = 30) -> Floats:
    return np.append(np.zeros(before), slope * np.arange(1, rows + 1))


@pytest.mark.parametrize(
    ("before", "height", "begins"),
    [
        (40, 0.08, 2),
        (40, 0.2, 2),
        (126, 0.08, 2),
        (127, 0.08, 3),
        (127, 0.2, 2),
        (400, 0.08, 5),
        (400, 0.2, 5),
    ],
)
def test_a_climb_begins_when_most_rows_of_a_32nd_are_up_three_to_nine(
    before: int, height: float, begins: int
) -> None:
    level = np.concatenate([np.zeros(before), np.full(8, height), height + 0.05 * np.arange(1, 60)])
    pack = with_limits(**QUIET, climb_share=0.0)

    found = divergence.trace(prepared(level), pack).last()

    assert isinstance(found, Finding)
    assert found.first_step == before + begins


@pytest.mark.parametrize(("level", "inside"), [(0.047, False), (0.05, True)])
def test_a_climb_begins_a_twentieth_above_the_lowest_level(level: float, inside: bool) -> None:
    losses = np.concatenate([np.zeros(30), [level] * 9, 0.1 * np.arange(1, 30)])

    found = divergence.trace(prepared(losses), with_limits(**QUIET)).last()

    assert isinstance(found, Finding)
    assert (found.first_step == 32) == inside


@pytest.mark.parametrize(("level", "inside"), [(0.15, False), (0.18, True)])
def test_a_climb_begins_beyond_the_error_of_the_median(level: float, inside: bool) -> None:
    losses = np.concatenate([np.zeros(30), [level] * 9, 0.1 * np.arange(1, 30)])

    found = divergence.trace(prepared(losses, noise=0.2), with_limits(**QUIET)).last()

    assert isinstance(found, Finding)
    assert (found.first_step == 32) == inside


@pytest.mark.parametrize(
    ("middle", "certain"), [(0.649, False), (0.651, True), (0.849, True), (0.851, False)]
)
def test_each_third_must_stand_half_an_error_above_the_one_before(middle: float, certain: bool) -> None:
    assert (status_of(thirds(0.6, middle, 0.9, 4), noise=0.2) == Status.CERTAIN) == certain


@pytest.mark.parametrize(
    ("gain", "noise", "status"),
    [
        (0.0385, 0.0, Status.QUIET),
        (0.04, 0.0, Status.SUSPECTED),
        (0.076, 0.0, Status.SUSPECTED),
        (0.078, 0.0, Status.CERTAIN),
        (0.138, 0.2, Status.QUIET),
        (0.141, 0.2, Status.SUSPECTED),
        (0.275, 0.2, Status.SUSPECTED),
        (0.279, 0.2, Status.CERTAIN),
    ],
)
def test_a_climb_must_be_beyond_its_share_and_its_errors(gain: float, noise: float, status: Status) -> None:
    assert status_of(thirds(0.6, 0.6 + gain / 2, 0.6 + gain, 4), noise, warm_up_share=0.1) == status


@pytest.mark.parametrize(
    ("late", "status"),
    [(0.188, Status.QUIET), (0.192, Status.SUSPECTED), (0.271, Status.SUSPECTED), (0.275, Status.CERTAIN)],
)
def test_half_of_the_noise_is_added_to_the_ratio_of_a_climb(late: float, status: Status) -> None:
    early = late - 0.135 if late > 0.2 else late - 0.07

    assert status_of(thirds(early, (early + late) / 2, late, 16), noise=0.1) == status


@pytest.mark.parametrize(("low", "certain"), [(0.21, False), (0.23, True)])
@pytest.mark.parametrize("pattern", [(True, True, False), (False, True, True), (True, True, True, False)])
def test_a_climb_must_be_high_by_its_newest_row_and_its_newest_median(
    low: float, certain: bool, pattern: tuple[bool, ...]
) -> None:
    """Most rows stay where they were, others climb."""
    level = line(0.05, 36)
    level[30:] = np.where(np.resize(pattern, 36), low, 0.3 + level[30:])

    assert (status_of(level) == Status.CERTAIN) == certain


@pytest.mark.parametrize(("share", "step"), [(0.05, 37), (0.06, 38), (0.1, 42), (0.2, 52)])
def test_a_climb_is_certain_after_its_share_of_the_run_and_six_rows(share: float, step: int) -> None:
    assert first_of(line(0.2, 60), climb_share=share) == step


@pytest.mark.parametrize(("share", "step"), [(0.05, 37), (0.08, 40), (0.16, 48), (0.2, 52)])
def test_a_climb_is_suspected_after_a_share_of_its_own(share: float, step: int) -> None:
    level = line(0.2, 60)

    seen = divergence.trace(prepared(level), with_limits(**QUIET, climb_share=0.5, warn_share=share))

    assert fired(seen, Status.SUSPECTED) == step


@pytest.mark.parametrize(("warm_up", "step"), [(0.31, 38), (0.32, 65), (0.4, 81)])
def test_a_climb_from_the_warm_up_on_is_believed_after_twice_of_it(warm_up: float, step: int) -> None:
    assert first_of(line(0.05, 70), warm_up_share=warm_up) == step


def test_a_jump_that_stays_is_no_divergence_and_a_slower_rise_is_one() -> None:
    jump = np.append(np.zeros(30), np.full(20, 1.0))
    slow = np.concatenate([np.zeros(30), [0.3, 0.3, 0.3, 0.5], np.full(16, 1.0)])

    assert status_of(jump, ratio=1.4, **UNLEARNED) == Status.QUIET
    assert status_of(slow, ratio=1.4, **UNLEARNED) == Status.CERTAIN


@pytest.mark.parametrize(("points", "step"), [(12, 14), (20, 22), (21, 23)])
def test_nothing_learned_is_not_said_before_its_rows(points: int, step: int) -> None:
    level = np.append(0.0, np.full(60, 0.8))

    assert first_of(level, unlearned_points=points, unlearned_share=0.05, **UNLEARNED) == step


@pytest.mark.parametrize(("before", "said"), [(10, True), (11, False)])
def test_nothing_learned_counts_where_the_loss_rose_within_the_warm_up(before: int, said: bool) -> None:
    level = np.append(np.zeros(before - 1), np.full(60, 0.8))

    step = first_of(level, warm_up_share=0.1, unlearned_share=0.3, **UNLEARNED)

    assert (step is not None) == said


@pytest.mark.parametrize(("low", "said"), [(0.05, True), (0.045, False)])
def test_a_loss_that_was_nearly_back_at_the_first_row_was_below_it(low: float, said: bool) -> None:
    level = np.concatenate([[0.0], np.full(30, 0.8), [low] * 3, np.full(30, 0.8)])

    assert (status_of(level, unlearned_share=0.3, **UNLEARNED) == Status.CERTAIN) == said


@pytest.mark.parametrize("swing", [0.01, 0.1])
def test_nothing_learned_is_told_against_the_ratio_and_a_noise_or_three_and_a_half_noises(
    swing: float,
) -> None:
    level = np.append(0.0, 0.9 + swing * np.resize([1.0, -1.0], 80))
    noise = 0.8862 * float(np.abs(np.diff(level)).mean())
    pack = with_limits(unlearned_share=0.3, **UNLEARNED)

    found = divergence.trace(prepared(level), pack).last()

    assert isinstance(found, Finding)
    assert found.threshold == pytest.approx(np.exp(max(np.log(1.1) + noise, 3.5 * noise)))


@pytest.mark.parametrize("middle", [0.5, 1.0])
def test_a_step_between_two_levels_is_no_climb(middle: float) -> None:
    level = thirds(0.5, middle, 1.0, 4)

    assert status_of(level, climb_share=0.115, warn_share=0.115) == Status.QUIET


@pytest.mark.parametrize(("late", "status"), [(1.0, Status.QUIET), (1.01, Status.CERTAIN)])
def test_a_climb_counts_above_its_ratio_and_not_at_it(late: float, status: Status) -> None:
    level = thirds(0.25, 0.5, late, 4)

    assert status_of(level, climb_ratio=np.e, warn_ratio=100.0) == status
    assert (status_of(level, climb_ratio=100.0, warn_ratio=np.e) == Status.SUSPECTED) == (late > 1.0)
