from dataclasses import replace

import numpy as np
import pytest

from bench.early.cases import NOVA
from bench.early.data import text
from bench.early.service import TrainingService
from finetune_guard.core.job_request import JobRequest
from local.bedrock.schedule import AfterWarmUp
from local.bedrock.weights import BASE_WEIGHTS, read_weights
from local.demo.data import conversation
from tests.fakes.world import World

REQUEST = JobRequest(
    job_name="one",
    model_name="one",
    token="one",
    base_model_id=NOVA,
    role_arn="arn:aws:iam::123456789012:role/bedrock",
    training_uri="s3://bucket/training.jsonl",
    validation_uri="s3://bucket/validation.jsonl",
    output_uri="s3://bucket/output",
    hyperparameters={"epochCount": "1"},
    tags={},
)


def world_with_data() -> World:
    world, data = World(), text(1, 40, 10)
    world.datasets.put(REQUEST.training_uri, data.training_file(conversation))
    world.datasets.put(REQUEST.validation_uri or "", data.validation_file(conversation))
    return world


def next_request(start_from: str) -> JobRequest:
    return replace(REQUEST, job_name="two", model_name="two", token="two", start_from=start_from)


def test_a_job_is_trained_to_its_end_and_leaves_its_files_and_its_model() -> None:
    world = world_with_data()
    service = TrainingService(world, AfterWarmUp.DECAY)
    arn = world.jobs.create(REQUEST)
    began = world.clock.now()

    service.run()

    job = world.jobs.get(arn)
    names = [file.key.rsplit("/", 1)[-1] for file in world.metrics.files(REQUEST.output_uri, arn[-12:])]
    assert job.status == "Completed"
    assert job.ended_at is not None
    assert job.ended_at > began
    assert sorted(names) == [
        "manifest.report.csv",
        "step_wise_training_metrics.csv",
        "validation_metrics.csv",
    ]
    assert not np.array_equal(service.weights[job.model_arn or ""], read_weights(BASE_WEIGHTS))


def test_a_job_that_has_ended_is_not_trained_again() -> None:
    world = world_with_data()
    service = TrainingService(world, AfterWarmUp.DECAY)
    world.jobs.create(REQUEST)

    service.run()
    service.run()

    assert len(service.trained) == 1


def test_a_job_starts_from_the_custom_model_that_it_names_and_leaves_it_as_it_is() -> None:
    world = world_with_data()
    service = TrainingService(world, AfterWarmUp.DECAY)
    first = world.jobs.create(REQUEST)
    service.run()
    model = world.jobs.get(first).model_arn or ""
    before = service.weights[model].copy()
    unmoved = replace(next_request(model), hyperparameters={"epochCount": "1", "learningRate": "0.000001"})

    second = world.jobs.create(unmoved)
    service.run()

    after = service.weights[world.jobs.get(second).model_arn or ""]
    assert np.array_equal(service.weights[model], before)
    assert np.abs(after - before).mean() < np.abs(after - read_weights(BASE_WEIGHTS)).mean()


def test_a_job_cannot_start_from_a_model_that_was_deleted_meanwhile() -> None:
    world = world_with_data()
    service = TrainingService(world, AfterWarmUp.DECAY)
    first = world.jobs.create(REQUEST)
    service.run()
    model = world.jobs.get(first).model_arn or ""
    world.jobs.create(next_request(model))
    world.jobs.delete_model(model)

    with pytest.raises(ValueError, match="does not exist"):
        service.run()
