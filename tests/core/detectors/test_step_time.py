import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune_guard.core.detectors.base import Status, Trace
from finetune_guard.core.detectors.step_time import seconds_per_step
from finetune_guard.core.findings import Finding, NotEnoughData, Quiet, Severity, Signal
from finetune_guard.core.metrics.series import Curve, Floats, MetricSeries
from finetune_guard.core.thresholds import override
from tests.core.detectors.curves import PACK, cut, falling, fired, series, trace_of

Exposed = Callable[[Sequence[float] | Floats], Curve]


def paced(seconds: Sequence[float] | Floats, steps: Sequence[int] | None = None) -> Curve:
    """A healthy curve whose steps took so long, as its source exposes it."""
    training = replace(series(falling(len(seconds)), steps), time=np.empty(0), step_time=np.array(seconds))
    return Curve(training, MetricSeries.empty(), None)


def clocked(seconds: Sequence[float] | Floats, steps: Sequence[int] | None = None) -> Curve:
    """The same, where the source has a clock only."""
    training = series(falling(len(seconds)), steps)
    gaps = np.diff(training.step, prepend=0)
    return Curve(replace(training, time=np.cumsum(np.array(seconds) * gaps)), MetricSeries.empty(), None)


def trace(whole: Curve) -> Trace:
    return trace_of(Signal.STEP_TIME, whole)


def noisy(rows: int, seconds: float = 0.8, seed: int = 0) -> Floats:
    made: Floats = seconds * np.exp(np.random.default_rng(seed).normal(0, 0.1, rows))
    return made


SLOWED = np.concatenate([noisy(60), noisy(20, 4.0)])


@pytest.mark.parametrize("exposed", [paced, clocked])
def test_fires_when_steps_take_a_multiple_of_what_was_usual(exposed: Exposed) -> None:
    found = trace(exposed(SLOWED)).last()

    assert isinstance(found, Finding)
    assert (found.severity, found.may_stop) == (Severity.WARNING, False)
    assert found.detected_step == 64
    assert found.observed > found.threshold
    assert "Steps 61 to 80 took 3.9" in found.sentence
    assert "times the 0.79 s that were usual before" in found.sentence
    assert "more than 3 times counts" in found.sentence


@pytest.mark.parametrize("times", [1.0, 2.0, 2.6])
def test_steps_that_are_hardly_slower_are_quiet(times: float) -> None:
    assert trace(paced(np.concatenate([noisy(60), noisy(40, 0.8 * times)]))).first() is None


def test_is_quiet_again_when_the_steps_are_fast_again() -> None:
    seen = trace(paced(np.concatenate([SLOWED, noisy(20)])))

    assert fired(seen) == 64
    assert isinstance(seen.last(), Quiet)


def test_slow_steps_that_have_become_the_greater_part_are_the_usual_ones() -> None:
    seen = trace(paced(np.concatenate([noisy(30), noisy(170, 4.0)])))

    assert fired(seen) is not None
    assert isinstance(seen.last(), Quiet)


def test_what_is_told_begins_after_the_last_break() -> None:
    slow, fast = 4.0, 0.8

    found = trace(paced([*noisy(60), slow, fast, slow, slow, slow, fast, slow])).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.detected_step) == (63, 67)


@pytest.mark.parametrize("every", [2, 3, 10, 25])
def test_evaluations_and_checkpoints_say_nothing(every: int) -> None:
    seconds = noisy(200)
    seconds[::every] *= 30

    assert trace(paced(seconds)).first() is None


@pytest.mark.parametrize("rows", [1, 3])
def test_a_slow_beginning_says_nothing(rows: int) -> None:
    seconds = noisy(60)
    seconds[:rows] = 90.0

    assert trace(paced(seconds)).first() is None


@pytest.mark.parametrize("gap", [3600.0, -30.0])
def test_a_resume_says_nothing_whether_its_clock_goes_on_or_begins_anew(gap: float) -> None:
    whole = clocked(noisy(60))
    time = whole.training.time.copy()
    time[30:] += gap

    assert trace(replace(whole, training=replace(whole.training, time=time))).first() is None


def test_losses_that_are_no_number_change_nothing() -> None:
    whole = paced(SLOWED)
    blind = replace(whole.training, loss=np.full(80, math.nan))

    assert trace(replace(whole, training=blind)).status.tolist() == trace(whole).status.tolist()


def test_a_source_without_a_time_is_not_enough_data_at_every_row() -> None:
    bare = replace(series(falling(40)), time=np.empty(0))

    seen = trace(Curve(bare))

    assert seen.status.tolist() == [Status.NOT_ENOUGH] * 40
    assert seen.first() is None
    assert seen.last() == NotEnoughData(Signal.STEP_TIME, 0, 10)


def test_rows_without_a_step_time_are_passed_over() -> None:
    seconds = np.full(240, math.nan)
    seconds[::3] = SLOWED

    found = trace(paced(seconds)).last()

    assert isinstance(found, Finding)
    assert found.detected_step == 190


def test_step_times_at_the_end_of_the_float_range_are_told_without_a_warning() -> None:
    found = trace(paced([1.0] * 8 + [1e308] * 8)).last()

    assert isinstance(found, Finding)
    assert found.observed == 1e308


def test_nine_rows_are_too_short() -> None:
    answer = trace(paced(noisy(9))).last()

    assert answer == NotEnoughData(Signal.STEP_TIME, 9, 10)


def test_an_exposed_step_time_is_trusted_more_than_the_clock() -> None:
    both = replace(clocked([1.0, 9.0, 1.0]).training, step_time=np.array([1.0, 1.0, 1.0]))

    assert seconds_per_step(both).tolist() == [1.0, 1.0, 1.0]


def test_a_coarse_clock_that_stands_still_counts_with_the_row_that_moves_it() -> None:
    training = replace(series([1.0] * 5, [10, 20, 30, 40, 50]), time=np.array([0.0, 0, 4, 4, 8]))

    np.testing.assert_array_equal(seconds_per_step(training), [math.nan, math.nan, 0.2, math.nan, 0.2])


TIMES = st.one_of(st.floats(0.1, 9.0), st.sampled_from([0.0, -1.0, math.nan, math.inf, 1e308, 5e-324]))


@settings(max_examples=200, deadline=None)
@given(
    seconds=st.lists(TIMES, max_size=60), early=st.integers(0, 60), exposed=st.sampled_from([paced, clocked])
)
def test_cutting_off_the_future_never_changes_the_past(
    seconds: list[float], early: int, exposed: Exposed
) -> None:
    with np.errstate(all="ignore"):
        whole = exposed(seconds)
    full, part = trace(whole), trace(cut(whole, early))

    rows = len(part.status)
    assert full.status[:rows].tolist() == part.status.tolist()
    assert rows == 0 or repr(full.at(rows - 1)) == repr(part.last())


@settings(max_examples=200, deadline=None)
@given(
    parts=st.lists(st.tuples(st.floats(0.1, 9.0), st.integers(1, 20)), min_size=1, max_size=5),
    unit=st.sampled_from([1, 4, 1024]),
    clock=st.sampled_from([0.125, 1.0, 64.0]),
)
def test_neither_the_unit_of_the_steps_nor_that_of_the_time_matters(
    parts: list[tuple[float, int]], unit: int, clock: float
) -> None:
    seconds = np.concatenate([noisy(rows, level) for level, rows in parts])
    steps = np.arange(1, len(seconds) + 1)

    plain, other = trace(clocked(seconds)), trace(clocked(seconds * clock, (steps * unit).tolist()))

    assert plain.status.tolist() == other.status.tolist()


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.tuples(st.floats(0.1, 9.0), st.integers(1, 20)), min_size=1, max_size=5))
def test_what_is_told_is_above_what_it_is_compared_with(parts: list[tuple[float, int]]) -> None:
    seen = trace(paced(np.concatenate([noisy(rows, level) for level, rows in parts])))

    for row in np.flatnonzero(seen.status == Status.CERTAIN).tolist():
        found = seen.at(row)
        assert isinstance(found, Finding)
        assert found.observed > found.threshold


def statuses_of(*parts: tuple[int, float]) -> list[Status]:
    """What is said at each row of so many rows at so many seconds each."""
    seen = trace(paced(np.concatenate([np.full(rows, seconds) for rows, seconds in parts])))
    return [Status(one) for one in seen.status]


def test_the_usual_time_is_known_five_rows_before_the_last_five() -> None:
    said = statuses_of((5, 1.0), (10, 4.0))

    assert said == [Status.NOT_ENOUGH] * 9 + [Status.QUIET] * 3 + [Status.CERTAIN] * 3


def test_the_usual_time_is_taken_anew_when_the_run_has_grown_by_half() -> None:
    said = statuses_of((5, 1.0), (7, 2.0), (10, 5.0))

    # From row 17 on the median is that of 12 rows, 2 s, and 5 s are no longer slow.
    assert [row + 1 for row, one in enumerate(said) if one == Status.CERTAIN] == [16, 17]


@pytest.mark.parametrize(("seconds", "said"), [(3.0, Status.QUIET), (3.01, Status.CERTAIN)])
def test_exactly_three_times_the_usual_is_quiet_and_more_is_not(seconds: float, said: Status) -> None:
    assert statuses_of((30, 1.0), (5, seconds))[-1] == said


@pytest.mark.parametrize(("fast", "said"), [(1, Status.CERTAIN), (2, Status.QUIET)])
def test_one_of_the_last_five_rows_may_be_fast_and_two_may_not(fast: int, said: Status) -> None:
    assert statuses_of((30, 1.0), (5 - fast, 4.0), (fast, 1.0))[-1] == said


def test_of_a_long_run_more_rows_must_be_slow() -> None:
    seen = trace(paced([1.0] * 300 + [4.0] * 20))

    assert fired(seen) == 308  # eight of the last ten, which are 3 % of the rows


def test_the_fewest_rows_can_be_set() -> None:
    pack = override(PACK, {"step_time.minimum_points": 20})

    assert not isinstance(pack, list)
    assert fired(trace_of(Signal.STEP_TIME, paced([1.0] * 10 + [4.0] * 20), pack)) == 20


@pytest.mark.parametrize("none", [0.0, -1.0, math.inf])
def test_a_row_whose_time_cannot_be_is_no_row(none: float) -> None:
    answer = trace(paced([1.0, none] * 9)).last()

    assert answer == NotEnoughData(Signal.STEP_TIME, 9, 10)


def test_the_finding_tells_the_slow_rows_alone_and_what_they_are_compared_with() -> None:
    found = trace(paced([0.5] * 20 + [1.0] * 10 + [2.0, 2.5, 3.0, 3.5], range(10, 350, 10))).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.last_step, found.detected_step) == (310, 340, 340)
    assert (found.observed, found.threshold) == (3.0, 1.5)
    assert "Steps 310 to 340 took 3 s each (median of 4 rows), 6.0 times the 0.5 s" in found.sentence


def test_a_second_slow_time_is_told_from_its_own_beginning() -> None:
    found = trace(paced([1.0] * 30 + [4.0] * 5 + [1.0] * 20 + [5.0] * 6)).last()

    assert isinstance(found, Finding)
    assert (found.first_step, found.detected_step, found.observed) == (56, 59, 5.0)


def test_the_clock_is_read_between_rows_that_have_one() -> None:
    training = replace(series([1.0] * 4, [10, 20, 30, 40]), time=np.array([5.0, math.nan, 9.0, 10.0]))

    np.testing.assert_array_equal(seconds_per_step(training), [math.nan, math.nan, 0.2, 0.1])


@pytest.mark.parametrize("rows", [1, 2])
def test_a_row_or_two_with_a_step_time_are_not_enough(rows: int) -> None:
    assert trace(paced([math.nan] * 5 + [1.0] * rows)).last() == NotEnoughData(Signal.STEP_TIME, rows, 10)


@pytest.mark.parametrize(("rows", "first"), [([4.0, 1, 4, 4, 4], 31), ([4.0, 1, 1, 4, 4, 4, 4], 34)])
def test_a_slow_time_begins_with_the_first_slow_row_of_the_last_five(rows: list[float], first: int) -> None:
    found = trace(paced([1.0] * 30 + rows)).last()

    assert isinstance(found, Finding)
    assert found.first_step == first
