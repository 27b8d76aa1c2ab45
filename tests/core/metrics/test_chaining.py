"""One curve of many jobs: no row lost but the restarts, steps rising, what is not finite always kept."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.metrics.chaining import RESTART_SHARE, chain, curve_of, last_step
from finetune_guard.core.metrics.series import Curve, MetricSeries
from finetune_guard.core.metrics_log import MetricLine, metric_lines, read_metric_lines

LOSS = st.one_of(st.floats(0.01, 20), st.sampled_from([float("nan"), float("inf"), float("-inf")]))


def series(losses: list[float], first: int = 1, stride: int = 1, epoch: float | None = 0.0) -> MetricSeries:
    steps = np.arange(len(losses), dtype=np.int64) * stride + first
    epochs = np.full(len(losses), np.nan if epoch is None else epoch)
    return MetricSeries(steps, epochs, np.array(losses, dtype=np.float64))


def curve(losses: list[float], first: int = 1, validation: bool = False) -> Curve:
    training = series(losses, first)
    last = training.step[-1:] if validation else training.step[:0]
    return Curve(training, MetricSeries(last, np.zeros(len(last)), np.ones(len(last))))


@st.composite
def curves(draw: st.DrawFn) -> list[Curve]:
    """Segments as files have them: steps from 0 or 1, now and then several apart, perhaps no rows."""
    first, stride = draw(st.integers(0, 1)), draw(st.integers(1, 10))
    made = []
    for _ in range(draw(st.integers(1, 5))):
        training = series(draw(st.lists(LOSS, max_size=40)), first, stride)
        held = draw(st.integers(0, 3)) if len(training) else 0
        places = np.sort(np.unique(draw(st.lists(st.integers(0, 39), min_size=held, max_size=held))))
        steps = training.step[[place for place in places.astype(int) if place < len(training)]]
        made.append(Curve(training, MetricSeries(steps, np.zeros(len(steps)), np.ones(len(steps)))))
    return made


@given(curves())
def test_steps_rise_strictly_over_all_segments(segments: list[Curve]) -> None:
    whole = chain(segments, None)
    for part in (whole.training, whole.validation):
        assert all(before < after for before, after in pairwise(part.step.tolist()))


@given(curves())
def test_no_row_is_lost_but_the_finite_ones_of_a_restart(segments: list[Curve]) -> None:
    whole = chain(segments, None)
    left_out = sum(math.ceil(RESTART_SHARE * len(one.training)) for one in segments[1:])
    rows = sum(len(one.training) for one in segments)
    assert rows - left_out <= len(whole.training) <= rows
    assert len(whole.validation) == sum(len(one.validation) for one in segments)


@given(curves())
def test_every_row_that_is_not_finite_is_kept_in_its_order(segments: list[Curve]) -> None:
    def odd(losses: np.ndarray) -> list[str]:
        return [str(loss) for loss in losses if not np.isfinite(loss)]

    assert odd(chain(segments, None).training.loss) == [
        text for one in segments for text in odd(one.training.loss)
    ]


@given(curves())
def test_the_first_segment_is_as_it_was(segments: list[Curve]) -> None:
    whole, first = chain(segments, None), segments[0].training
    np.testing.assert_array_equal(whole.training.step[: len(first)], first.step)
    np.testing.assert_array_equal(whole.training.loss[: len(first)], first.loss)


@given(curves(), LOSS)
def test_what_comes_later_changes_nothing_of_what_was_there(segments: list[Curve], loss: float) -> None:
    before, after = chain(segments, None), chain([*segments, curve([loss] * 12)], None)
    np.testing.assert_array_equal(after.training.step[: len(before.training)], before.training.step)
    np.testing.assert_array_equal(after.training.loss[: len(before.training)], before.training.loss)


def test_steps_and_epochs_are_counted_on_and_the_restart_is_left_out() -> None:
    two = [curve([2.0] * 20), curve([9.0, 9.0, *[1.0] * 18])]
    whole = chain(two, 40)
    assert whole.planned_steps == 40
    assert whole.training.step.tolist() == [*range(1, 21), *range(23, 41)]
    assert whole.training.epoch.tolist() == [0.0] * 20 + [1.0] * 18
    assert whole.training.loss.max() == 2.0


def test_segments_counted_from_nothing_follow_each_other_without_a_gap_or_an_overlap() -> None:
    whole = chain([curve([2.0] * 10, first=0), curve([float("nan"), *[1.0] * 9], first=0)], None)
    assert whole.training.step.tolist() == list(range(20))


def test_a_segment_of_several_epochs_moves_the_next_by_as_many() -> None:
    long = Curve(MetricSeries(np.array([1, 2, 3, 4]), np.array([0.0, 0, 1, 1]), np.ones(4)))
    whole = chain([long, curve([1.0] * 4)], None)
    assert whole.training.epoch.tolist() == [0, 0, 1, 1, 2, 2, 2]


def test_a_segment_without_epochs_counts_as_one() -> None:
    blind = Curve(series([1.0, 1.0], epoch=None))
    assert chain([blind, curve([1.0] * 4)], None).training.epoch[2:].tolist() == [1.0, 1.0, 1.0]


def test_a_segment_without_rows_takes_no_steps() -> None:
    nothing = Curve(MetricSeries.empty())
    assert last_step(nothing) == 0
    assert chain([nothing, curve([1.0] * 10)], None).training.step.tolist() == list(range(2, 11))


def test_a_validation_row_beyond_the_training_rows_is_still_before_the_next_segments() -> None:
    beyond = Curve(series([1.0] * 9), MetricSeries(np.array([10]), np.zeros(1), np.ones(1)))
    whole = chain([beyond, curve([1.0] * 10, validation=True)], None)
    assert whole.validation.step.tolist() == [10, 20]


def test_one_curve_alone_is_the_curve() -> None:
    alone = curve([3.0, 2.0, 1.0], validation=True)
    whole = chain([alone], 3)
    assert whole.training.loss.tolist() == [3.0, 2.0, 1.0]
    assert whole.validation.step.tolist() == [3]


@given(curves())
def test_a_curve_comes_back_from_its_metrics_log_as_it_was(segments: list[Curve]) -> None:
    for one in segments:
        lines = [
            MetricLine(int(step), float(epoch), name, float(loss))
            for name, part in (("training_loss", one.training), ("validation_loss", one.validation))
            for step, epoch, loss in zip(part.step, part.epoch, part.loss, strict=True)
        ]
        back = curve_of(read_metric_lines(metric_lines(lines).encode()))
        for part, read in ((one.training, back.training), (one.validation, back.validation)):
            np.testing.assert_array_equal(read.step, part.step)
            np.testing.assert_array_equal(read.loss, part.loss)
