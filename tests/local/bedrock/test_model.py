from itertools import pairwise

import numpy as np
import pytest

from local.bedrock.model import CONTEXT, PARAMETERS, ByteModel, Positions, untrained
from local.bedrock.optimizer import AdamW
from local.bedrock.pretrain import recipe
from local.bedrock.schedule import AfterWarmUp, Schedule
from local.bedrock.weights import BASE_WEIGHTS, read_note, read_weights


def some_positions(count: int = 40) -> Positions:
    draw = np.random.default_rng(3)
    return Positions(
        draw.integers(0, 256, (count, CONTEXT), dtype=np.uint8), draw.integers(0, 256, count, dtype=np.uint8)
    )


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    model, asked = untrained(1), some_positions()
    _, gradient = model.loss_and_gradient(asked)

    # Along the gradient itself: its own slope there is its squared length.
    step = np.float32(1e-3) * gradient / np.linalg.norm(gradient)
    up, down = ByteModel(model.parameters + step), ByteModel(model.parameters - step)
    slope = (up.loss(asked) - down.loss(asked)) / 2e-3

    assert slope == pytest.approx(np.linalg.norm(gradient), rel=1e-2)


def test_each_layer_has_its_part_in_the_gradient() -> None:
    model, asked = untrained(1), some_positions()
    _, gradient = model.loss_and_gradient(asked)
    edges = np.cumsum([0, 256 * 16, 256 * 128, 128, 128 * 256, 256])

    for start, end in pairwise(edges):
        place = start + int(np.abs(gradient[start:end]).argmax())
        moved = np.zeros(PARAMETERS, dtype=np.float32)
        moved[place] = 1e-2
        up, down = ByteModel(model.parameters + moved), ByteModel(model.parameters - moved)
        assert (up.loss(asked) - down.loss(asked)) / 2e-2 == pytest.approx(gradient[place], rel=3e-2)


def test_a_logit_beyond_half_precision_makes_the_loss_nan() -> None:
    model, asked = untrained(1), some_positions()
    model.parameters[-1] = 65_000
    assert np.isfinite(model.loss(asked))

    model.parameters[-1] = 66_000
    loss, gradient = model.loss_and_gradient(asked)

    assert np.isnan(loss)
    assert np.isnan(gradient).any()


def test_parameters_of_another_model_are_refused() -> None:
    with pytest.raises(ValueError, match="70016 parameters"):
        ByteModel(np.zeros(3, dtype=np.float32))


def test_the_committed_weights_are_those_of_the_present_recipe() -> None:
    assert read_note(BASE_WEIGHTS, "recipe") == recipe(), "run python -m local.bedrock.pretrain"
    assert read_weights(BASE_WEIGHTS).shape == (PARAMETERS,)
    assert BASE_WEIGHTS.stat().st_size < 400_000


def test_one_step_of_adamw_moves_by_the_rate_and_decays_the_weights() -> None:
    parameters = np.array([1.0, -1.0, 2.0], dtype=np.float32)

    AdamW(3).step(parameters, np.array([0.5, -0.5, 0.0], dtype=np.float32), rate=0.1)

    # Bias-corrected, the first step is the gradient's sign, and a hundredth of the weight, times the rate.
    assert parameters == pytest.approx([1 - 0.1 - 0.001, -1 + 0.1 + 0.001, 2 - 0.002], rel=1e-5)


def test_the_rate_rises_in_warm_up_and_falls_to_a_tenth() -> None:
    schedule = Schedule(peak=1.0, warm_up=4, steps=14)

    assert [schedule.at(step) for step in (1, 2, 4)] == pytest.approx([0.25, 0.5, 1.0])
    assert [schedule.at(step) for step in (9, 14)] == pytest.approx([0.55, 0.1])


def test_a_warm_up_longer_than_the_job_never_reaches_the_peak() -> None:
    schedule = Schedule(peak=1.0, warm_up=100, steps=10)

    assert schedule.at(10) == pytest.approx(0.1)


def test_a_constant_rate_warms_up_and_then_stays_at_its_peak() -> None:
    schedule = Schedule(peak=2.0, warm_up=4, steps=14, then=AfterWarmUp.CONSTANT)

    assert [schedule.at(step) for step in (1, 4, 5, 14)] == pytest.approx([0.5, 2.0, 2.0, 2.0])
