"""The contract of TrainingJobs, on the fake and on our Bedrock stand-in (docs/bedrock.md, 1)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from finetune_guard.core.errors import (
    NameTakenError,
    NotFoundError,
    RequestRejectedError,
    ServiceUnavailableError,
)
from finetune_guard.core.jobs import PhaseStatus
from finetune_guard.core.names import JobKey
from finetune_guard.core.plans import Stage
from finetune_guard.ports import TrainingJobs
from tests.contracts import training_jobs_worlds as worlds
from tests.contracts.training_jobs_worlds import DROPPED, SLOW, Service


@pytest.fixture(scope="module")
def running_stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainingJobs]:
    with worlds.running_stand_in(tmp_path_factory.mktemp("bedrock")) as jobs:
        yield jobs


@pytest.fixture(params=["fake", "stand-in"])
def service(request: pytest.FixtureRequest) -> Service:
    if request.param == "fake":
        return worlds.fake()
    return worlds.stand_in(request.getfixturevalue("running_stand_in"))


class TestCreate:
    def test_a_new_job_is_in_progress_and_described_as_asked_for(self, service: Service) -> None:
        request = service.request()
        arn = service.jobs.create(request)
        job = service.jobs.get(arn)
        assert (job.arn, job.name, job.status) == (arn, request.job_name, "InProgress")
        assert (job.token, job.training_uri, job.output_uri) == (
            request.token,
            request.training_uri,
            request.output_uri,
        )
        assert job.hyperparameters["epochCount"] == "1"
        assert (job.ended_at, job.model_arn, job.failure) == (None, None, "")
        assert str(job.created_at.tzinfo) == "UTC"

    def test_an_arn_ends_in_twelve_characters_after_the_base_model(self, service: Service) -> None:
        head, _, job_id = service.jobs.create(service.request()).rpartition("/")
        assert head.endswith(f":model-customization-job/{service.base}")
        assert len(job_id) == 12

    @pytest.mark.parametrize("by", ["arn", "name", "id"])
    def test_a_job_is_found_by_its_arn_its_name_and_its_id(self, service: Service, by: str) -> None:
        request = service.request()
        arn = service.jobs.create(request)
        identifiers = {"arn": arn, "name": request.job_name, "id": arn.rpartition("/")[2]}
        assert service.jobs.get(identifiers[by]).arn == arn

    @pytest.mark.fault(19)
    @pytest.mark.fault(20)
    def test_the_same_token_again_makes_no_second_job(self, service: Service) -> None:
        first = service.jobs.create(service.request())
        assert service.jobs.create(service.request()) == first

    @pytest.mark.fault(19)
    def test_a_creation_whose_reply_is_lost_makes_one_job(self, service: Service) -> None:
        request = service.request(DROPPED)
        service.lose_reply("create")
        try:
            arn = service.jobs.create(request)
        except ServiceUnavailableError:  # what the client did not ride out by itself, the next process does
            arn = service.jobs.create(request)
        assert service.jobs.get(request.job_name).arn == arn

    @pytest.mark.fault(21)
    def test_a_job_name_is_taken_for_another_token(self, service: Service) -> None:
        request = service.request()
        service.jobs.create(request)
        with pytest.raises(NameTakenError):
            service.jobs.create(service.request("second", job_name=request.job_name))

    @pytest.mark.fault(21)
    def test_a_model_name_is_taken_for_another_token(self, service: Service) -> None:
        request = service.request()
        service.jobs.create(request)
        with pytest.raises(NameTakenError):
            service.jobs.create(service.request("second", model_name=request.model_name))

    def test_names_stay_taken_after_a_job_has_ended(self, service: Service) -> None:
        service.finish(service.jobs.create(service.request()))
        with pytest.raises(NameTakenError):
            service.jobs.create(service.request(token="another-token-" + service.prefix))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("job_name", "under_score"),
            ("job_name", "x" * 64),
            ("job_name", "-" * 60),
            ("model_name", "two--dashes"),
            ("model_name", "full.stop"),
            ("role_arn", "arn:aws:iam::123:role/short"),
            ("training_uri", "s3://bucket/run=1/train.jsonl"),
            ("output_uri", "s3://bucket/2026-11-24T12:00:00"),
            ("tags", {"emoji": "💥"}),
        ],
    )
    def test_what_the_published_patterns_refuse_is_refused(
        self, service: Service, field: str, value: object
    ) -> None:
        with pytest.raises(RequestRejectedError):
            service.jobs.create(replace(service.request(), **{field: value}))  # type: ignore[arg-type]

    def test_every_name_that_the_core_derives_is_taken(self, service: Service) -> None:
        key = JobKey(f"{service.prefix}-0123456789", Stage.REHEARSAL, 1, 2)
        names = replace(service.request(), job_name=key.job_name, model_name=key.model_name, token=key.token)
        assert service.jobs.get(service.jobs.create(names)).token == key.token

    def test_a_job_may_have_no_validation_file(self, service: Service) -> None:
        arn = service.jobs.create(service.request(validation_uri=None))
        assert service.jobs.get(arn).status == "InProgress"


class TestGet:
    @pytest.mark.fault(31)
    @pytest.mark.parametrize("identifier", ["no-such-job", "unknown"])
    def test_an_unknown_job_is_not_found(self, service: Service, identifier: str) -> None:
        if identifier == "unknown":
            arn = service.jobs.create(service.request())
            identifier = arn.rpartition("/")[0] + "/abcdefghijkl"
        with pytest.raises(NotFoundError):
            service.jobs.get(identifier)

    def test_phases_follow_one_another(self, service: Service) -> None:
        arn = service.jobs.create(service.request(SLOW))
        service.train(arn)
        phases = service.jobs.get(arn).phases
        assert phases.validation
        assert phases.data_processing
        assert phases.training
        assert phases.validation.status is PhaseStatus.COMPLETED
        assert phases.data_processing.status is PhaseStatus.COMPLETED
        assert phases.training.status is PhaseStatus.IN_PROGRESS
        assert phases.training.started is not None

    def test_a_completed_job_has_an_end_and_a_model(self, service: Service) -> None:
        arn = service.jobs.create(service.request())
        service.finish(arn)
        job = service.jobs.get(arn)
        assert job.status == "Completed"
        assert job.ended_at is not None
        assert job.ended_at >= job.created_at
        assert job.model_arn is not None
        assert ":custom-model/" in job.model_arn


class TestStop:
    def test_a_stop_is_asked_for_and_then_confirmed_and_leaves_no_model(self, service: Service) -> None:
        arn = service.jobs.create(service.request(SLOW))
        service.train(arn)
        service.jobs.stop(arn)
        assert service.jobs.get(arn).status in {"Stopping", "Stopped"}
        service.finish(arn)
        job = service.jobs.get(arn)
        assert (job.status, job.model_arn) == ("Stopped", None)
        assert job.ended_at is not None

    @pytest.mark.fault(24)
    def test_a_stopped_job_cannot_be_stopped_again(self, service: Service) -> None:
        arn = service.jobs.create(service.request(SLOW))
        service.train(arn)
        service.jobs.stop(arn)
        service.finish(arn)
        with pytest.raises(NameTakenError):
            service.jobs.stop(arn)

    @pytest.mark.fault(24)
    def test_a_stop_whose_reply_is_lost_is_carried_out_once_and_found_by_get(self, service: Service) -> None:
        arn = service.jobs.create(service.request(f"{SLOW}-{DROPPED}"))
        service.train(arn)
        service.lose_reply("stop")
        with suppress(NameTakenError, ServiceUnavailableError):
            service.jobs.stop(arn)
        assert service.jobs.get(arn).status in {"Stopping", "Stopped"}

    @pytest.mark.fault(26)
    def test_a_completed_job_cannot_be_stopped(self, service: Service) -> None:
        arn = service.jobs.create(service.request())
        service.finish(arn)
        with pytest.raises(NameTakenError):
            service.jobs.stop(arn)

    def test_an_unknown_job_cannot_be_stopped(self, service: Service) -> None:
        with pytest.raises(NotFoundError):
            service.jobs.stop("no-such-job")


class TestModels:
    def test_a_model_is_deleted_and_deleting_it_again_changes_nothing(self, service: Service) -> None:
        arn = service.jobs.create(service.request())
        service.finish(arn)
        model = service.jobs.get(arn).model_arn
        assert model is not None
        service.jobs.delete_model(model)
        service.jobs.delete_model(model)
        assert service.jobs.get(arn).status == "Completed"

    def test_the_base_model_of_a_job_is_among_those_listed(self, service: Service) -> None:
        listed = {model.model_id: model for model in service.jobs.base_models()}
        assert "FINE_TUNING" in listed[service.base].customizations
        assert listed[service.base].lifecycle in {"ACTIVE", "LEGACY"}


def test_jobs_in_progress_are_counted(service: Service) -> None:
    before = service.jobs.in_progress()
    request = service.request(SLOW)
    arn = service.jobs.create(request)
    assert service.jobs.in_progress() == before + 1
    service.train(arn)
    service.jobs.stop(arn)
    service.finish(arn)
    assert service.jobs.in_progress() == before
