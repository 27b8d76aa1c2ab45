import json
import math

import numpy as np
import pytest

from finetune_guard.core.errors import InvalidInputError
from finetune_guard.core.metrics.logs import LARGEST, read_log
from finetune_guard.core.metrics.series import Curve


def read(document: object) -> Curve:
    return read_log("run.json", json.dumps(document).encode())


def test_a_labelled_run_gives_training_and_validation() -> None:
    curve = read(
        {
            "id": "a",
            "points": [
                {
                    "step": 10,
                    "epoch": 0.5,
                    "train_loss": 2.5,
                    "lr": 1e-4,
                    "grad_norm": "NaN",
                    "elapsed_s": 3.5,
                },
                {"step": 20, "epoch": 1, "train_loss": "Infinity", "lr": 0, "grad_norm": 1, "elapsed_s": 7},
            ],
            "evals": [{"step": 20, "val_loss": 2.25}],
        }
    )

    assert curve.training.step.tolist() == [10, 20]
    assert curve.training.loss.tolist() == [2.5, math.inf]
    assert curve.training.epoch.tolist() == [0.5, 1.0]
    assert curve.training.learning_rate.tolist() == [1e-4, 0.0]
    assert curve.training.time.tolist() == [3.5, 7.0]
    np.testing.assert_array_equal(curve.training.grad_norm, [math.nan, 1.0])
    assert (curve.validation.step.tolist(), curve.validation.loss.tolist()) == ([20], [2.25])
    assert curve.planned_steps is None


def test_points_without_a_step_are_numbered_where_none_has_one() -> None:
    curve = read({"points": [{"train_loss": 2.0}, {"step": None, "train_loss": "NaN"}, {"train_loss": 1.0}]})

    assert curve.training.step.tolist() == [1, 2, 3]


def test_points_without_a_step_are_left_out_where_others_have_one() -> None:
    curve = read(
        {"points": [{"step": 5, "train_loss": 2.0}, {"train_loss": 9.0}, {"step": 6, "train_loss": 1.0}]}
    )

    assert curve.training.step.tolist() == [5, 6]


@pytest.mark.fault(42)
def test_a_point_without_a_loss_is_none() -> None:
    curve = read({"points": [{"step": 1, "train_loss": None}, {"step": 2}, {"step": 3, "train_loss": 1.0}]})

    assert curve.training.step.tolist() == [3]


@pytest.mark.fault(47)
def test_a_log_that_was_begun_again_gives_its_last_attempt() -> None:
    points = [{"step": step, "train_loss": loss} for loss in (5.0, 1.0) for step in range(10)]

    assert read({"points": points}).training.loss.tolist() == [1.0] * 10


def test_a_trainer_state_gives_steps_evaluations_and_the_plan() -> None:
    data = b"""{"max_steps": 300, "log_history": [
        {"step": 10, "epoch": 0.1, "loss": 2.5, "learning_rate": 0.0001, "grad_norm": NaN},
        {"step": 20, "epoch": 0.2, "loss": NaN, "learning_rate": 0.0, "grad_norm": 1.5},
        {"step": 20, "epoch": 0.2, "eval_loss": 2.25, "eval_runtime": 3.0},
        {"step": 20, "epoch": 0.2, "train_loss": 2.1, "train_runtime": 60.0}]}"""

    curve = read_log("trainer_state.json", data)

    assert curve.training.step.tolist() == [10, 20]
    assert math.isnan(curve.training.loss[1])
    assert (curve.validation.step.tolist(), curve.validation.loss.tolist()) == ([20], [2.25])
    assert curve.planned_steps == 300


@pytest.mark.parametrize("planned", [None, -1, 0, "300", 1.5, math.inf, True])
def test_a_plan_that_is_no_number_of_steps_is_not_known(planned: object) -> None:
    assert read({"max_steps": planned, "log_history": []}).planned_steps is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([{"step": 1, "loss": 2.0}], "`points`"),
        ({}, "`log_history`"),
        ({"points": {}}, "not a list of objects"),
        ({"points": [5]}, "not a list of objects"),
        ({"points": [], "evals": "x"}, "`evals` of run.json"),
        ({"points": [{"step": "one", "train_loss": 1}]}, "`step` in points[0] of run.json is 'one'"),
        ({"points": [{"step": 1, "train_loss": [1]}]}, "is a list"),
        ({"points": [{"step": 1, "train_loss": True}]}, "is a bool"),
        ({"points": [{"step": 1, "train_loss": "\ud800"}]}, "'\\ud800'"),
        ({"points": [{"step": -1, "train_loss": 1}]}, "expected a whole number from 0"),
        ({"points": [{"step": math.nan, "train_loss": 1}]}, "expected a whole number from 0"),
        ({"points": [{"step": 1, "epoch": math.inf, "train_loss": 1}]}, "expected a finite number"),
    ],
)
def test_what_is_no_training_log_is_refused_with_the_place(document: object, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read(document)

    assert said in str(refused.value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"points": ',
        b'{"points": [}',
        b'{"points": "\xff"}',
        b"[" * 100_000,
        b'{"points": ' + b"[" * 100_000,
        b'{"points": [{"step": 1, "train_loss": ' + b"[" * 500 + b"]" * 500 + b"}]}",
        b'{"points": [{"step": ' + b"9" * 100_000 + b', "train_loss": 1}]}',
        b'{"a": 1}{"b": 2}',
    ],
)
def test_broken_and_hostile_json_is_refused_without_a_traceback(data: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"run\.json"):
        read_log("run.json", data)


def test_a_whole_number_too_large_for_a_float_is_an_infinite_loss() -> None:
    data = b'{"points": [{"step": 1, "train_loss": ' + b"9" * 5000 + b"}]}"

    assert read_log("run.json", data).training.loss.tolist() == [math.inf]


def test_the_memory_of_a_trainer_s_log_is_in_bytes_where_its_name_has_a_unit() -> None:
    entries = [
        {"step": 1, "loss": 2.0, "memory/max_mem_active(gib)": 1.5},
        {"step": 2, "loss": 1.5, "memory/max_mem_active(gib)": None},
    ]

    memory = read({"log_history": entries}).training.memory

    np.testing.assert_array_equal(memory, [1.5 * 2**30, math.nan])


def test_a_memory_that_is_no_number_is_left_alone_and_costs_no_row() -> None:
    points = [{"step": 1, "train_loss": 2.0, "memory": "14 GiB"}, {"step": 2, "train_loss": 1.0, "memory": 9}]

    training = read({"points": points}).training

    assert (len(training), len(training.memory)) == (2, 0)


@pytest.mark.fault(48)
def test_json_beyond_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(InvalidInputError, match="at most 64 MiB"):
        read_log("run.json", b"{" + b" " * LARGEST)
