import numpy as np
import pytest

from finetune_guard.core.metrics.joining import join
from finetune_guard.core.metrics.series import MetricSeries


def series(steps: list[int], epochs: list[float]) -> MetricSeries:
    return MetricSeries(np.array(steps, dtype=np.int64), np.array(epochs), np.ones(len(steps)))


#: The shape of the real Nova file: 18 steps from 1, three epochs from 0.
TRAINING = series(list(range(1, 19)), [(step - 1) // 6 for step in range(1, 19)])


@pytest.mark.parametrize(
    ("steps", "epochs", "placed"),
    [
        ([6, 12, 18], [0, 1, 2], [6, 12, 18]),  # training steps, epochs as in the training file
        ([6, 12, 18], [1, 2, 3], [6, 12, 18]),  # training steps, epochs counted from 1
        ([3, 6, 9], [0, 0, 1], [3, 6, 9]),
        ([1, 2, 3], [0, 1, 2], [6, 12, 18]),  # evaluations counted
        ([1, 2, 3], [1, 1, 2], [9, 12, 18]),  # the old SDK's example
        ([0, 1, 2], [0, 1, 2], [6, 12, 18]),
        ([1, 2], [1, 1], [9, 12]),  # an epoch ahead, but not where an epoch ends
        ([1, 2, 3], [1, 2, 3], [1, 2, 3]),  # an epoch that the training file has not: left as written
    ],
)
def test_an_evaluation_stands_at_the_training_step_it_belongs_to(
    steps: list[int], epochs: list[float], placed: list[int]
) -> None:
    assert join(TRAINING, series(steps, epochs)).validation.step.tolist() == placed


@pytest.mark.parametrize("epochs", [[np.nan, np.nan], [0.5, 1.5], [1.0, 0.0]])
def test_epochs_that_tell_nothing_leave_the_steps_as_written(epochs: list[float]) -> None:
    assert join(TRAINING, series([1, 2], epochs)).validation.step.tolist() == [1, 2]


def test_more_evaluations_than_steps_in_an_epoch_stay_as_written() -> None:
    training = series([1, 2], [0, 1])

    assert join(training, series([5, 6, 7], [0, 0, 0])).validation.step.tolist() == [5, 6, 7]


def test_a_missing_curve_is_no_trouble() -> None:
    assert len(join(TRAINING, MetricSeries.empty()).validation) == 0
    assert join(MetricSeries.empty(), series([1], [0])).validation.step.tolist() == [1]
