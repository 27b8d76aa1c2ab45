"""The learning behaviours that the stand-in is there to show; judged as the docs/adr/0013 describe them."""

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from local.bedrock.model import ByteModel
from local.bedrock.rates import Training, default_rate
from local.bedrock.records import Example, read_records
from local.bedrock.schedule import AfterWarmUp
from local.bedrock.training import Step, Validation, train, validation_loss
from local.bedrock.weights import BASE_WEIGHTS, read_weights
from tests.local.bedrock.harness import pairs, prompt_completion


@cache
def examples(start: int, end: int) -> tuple[Example, ...]:
    lines = (prompt_completion(*pair).encode() for pair in pairs()[start:end])
    return read_records(lines, "prompt-completion").examples


def base() -> ByteModel:
    return ByteModel(read_weights(BASE_WEIGHTS))


def training(
    times_the_default: float, batch: int = 8, epochs: int = 1, threshold: float | None = None
) -> Training:
    return Training(epochs, batch, default_rate(batch) * times_the_default, 0, threshold, 2)


def losses(data: Sequence[Example], plan: Training) -> list[float]:
    return [row.loss for row in train(base(), data, [], plan) if isinstance(row, Step)]


@pytest.mark.parametrize(("batch", "count"), [(1, 150), (8, 800), (32, 960)])
def test_the_default_rate_learns_and_ten_times_the_default_breaks(batch: int, count: int) -> None:
    data = examples(0, count)
    kept_back = examples(1800, 2000)
    untouched = validation_loss(base(), kept_back)

    cool, hot = base(), base()
    for _ in train(cool, data, [], training(1, batch)):
        pass
    rows = [row.loss for row in train(hot, data, [], training(10, batch)) if isinstance(row, Step)]

    assert validation_loss(cool, kept_back) < 0.92 * untouched
    assert validation_loss(hot, kept_back) > 1.1 * untouched
    # The last fifth above the lowest level so far, the first row included.
    assert statistics.median(rows[-len(rows) // 5 :]) > 1.1 * min(rows[0], *rows[: len(rows) // 2])


def test_the_damage_is_done_in_a_few_steps_and_then_the_loss_falls() -> None:
    rows = losses(examples(0, 160), training(10))

    assert max(rows[1:6]) > 2 * rows[0]
    assert statistics.median(rows[-4:]) < 0.8 * max(rows)


def test_noise_in_the_last_forty_per_cent_is_a_step_in_the_loss() -> None:
    draw = random.Random(1)
    noisy = [
        prompt_completion(asked, "".join(chr(draw.randrange(33, 127)) for _ in answer)).encode()
        for asked, answer in pairs()[480:800]
    ]
    data = (*examples(0, 480), *read_records(noisy, "prompt-completion").examples)

    rows = losses(data, training(0.5))

    before, after = rows[40:60], rows[60:64]
    assert statistics.median(after) > statistics.median(before) + 5 * statistics.stdev(before)


def test_fifty_records_seen_ten_times_are_overfitted() -> None:
    seen = [
        row.losses[0]
        for row in train(base(), examples(0, 50), [examples(1800, 2000)], training(1, epochs=10))
        if isinstance(row, Validation)
    ]

    assert seen[-1] > 1.15 * min(seen)


def test_a_rate_far_too_high_is_nan_within_a_few_steps_and_stays_so() -> None:
    rows = losses(examples(0, 80), training(1000))

    assert math.isfinite(rows[0])
    assert all(math.isnan(row) for row in rows[4:])


def test_a_rate_of_zero_changes_nothing() -> None:
    model = base()
    rows = list(train(model, examples(0, 16), [], training(0)))

    assert len(rows) == 2
    assert (model.parameters == base().parameters).all()


def test_the_schedule_decides_how_far_the_last_steps_go() -> None:
    decayed = losses(examples(0, 160), training(1))
    constant = losses(examples(0, 160), replace(training(1), then=AfterWarmUp.CONSTANT))

    assert constant[0] == decayed[0]
    assert all(one != other for one, other in zip(constant[1:], decayed[1:], strict=True))


def test_the_same_data_gives_the_same_rows() -> None:
    assert losses(examples(0, 80), training(1)) == losses(examples(0, 80), training(1))


def test_the_order_of_the_records_is_kept() -> None:
    data = examples(0, 16)

    assert losses(data, training(0)) == losses(data[8:] + data[:8], training(0))[::-1]


def test_the_last_step_of_an_epoch_takes_what_is_left() -> None:
    rows = list(train(base(), examples(0, 20), [examples(0, 5)], training(1, epochs=2)))

    assert [(row.number, row.epoch) for row in rows if isinstance(row, Step)] == [
        (1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 1),
    ]  # fmt: skip
    assert [(row.number, row.epoch) for row in rows if isinstance(row, Validation)] == [(3, 0), (6, 1)]


def test_training_ends_early_where_the_family_has_that_and_validation_does_not_improve() -> None:
    rows = list(
        train(base(), examples(0, 50), [examples(1800, 1900)], training(3, epochs=10, threshold=0.001))
    )

    epochs = [row.epoch for row in rows if isinstance(row, Validation)]
    assert 3 <= len(epochs) < 10


def test_the_validation_loss_of_nothing_is_nan() -> None:
    assert math.isnan(validation_loss(base(), []))
