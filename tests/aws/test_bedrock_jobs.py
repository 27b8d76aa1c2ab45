from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.stub import Stubber

from finetune_guard.aws.bedrock_jobs import BedrockJobs, parameters
from finetune_guard.aws.clients import Clients
from finetune_guard.core.errors import (
    AccessRefusedError,
    GuardError,
    NameTakenError,
    NotFoundError,
    QuotaReachedError,
    RequestRejectedError,
    ServiceUnavailableError,
)
from finetune_guard.core.jobs import Phase, Phases, PhaseStatus
from tests import builders

ARN = f"arn:aws:bedrock:us-west-2:123456789012:model-customization-job/{builders.BASE}/jr2dm97inxxm"
MODEL = ARN.replace(":model-customization-job/", ":custom-model/")
REQUEST = builders.intent().request
#: All that botocore's model calls required; the status is not among it.
BARE: dict[str, Any] = {
    "jobArn": ARN,
    "jobName": "guard-job",
    "outputModelName": "guard-job",
    "roleArn": "arn:aws:iam::123456789012:role/bedrock",
    "creationTime": builders.START,
    "baseModelArn": f"arn:aws:bedrock:us-west-2::foundation-model/{builders.BASE}",
    "trainingDataConfig": {},
    "validationDataConfig": {"validators": []},
    "outputDataConfig": {"s3Uri": "s3://bucket/output"},
}


class Bedrock:
    """The adapter over a stubbed client."""

    def __init__(self, clients: Clients) -> None:
        self.jobs = BedrockJobs(clients.bedrock)
        self.stub = Stubber(clients.bedrock)

    def describes(self, **fields: object) -> None:
        self.stub.add_response("get_model_customization_job", BARE | fields, {"jobIdentifier": ARN})


@pytest.fixture
def bedrock(clients: Clients) -> Iterator[Bedrock]:
    made = Bedrock(clients)
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()


class TestCreate:
    def test_the_call_carries_all_of_the_request(self, bedrock: Bedrock) -> None:
        tags = [{"key": key, "value": value} for key, value in sorted(REQUEST.tags.items())]
        expected = {
            "jobName": REQUEST.job_name,
            "customModelName": REQUEST.model_name,
            "roleArn": REQUEST.role_arn,
            "clientRequestToken": REQUEST.token,
            "baseModelIdentifier": REQUEST.base_model_id,
            "customizationType": "FINE_TUNING",
            "trainingDataConfig": {"s3Uri": REQUEST.training_uri},
            "validationDataConfig": {"validators": [{"s3Uri": REQUEST.validation_uri}]},
            "outputDataConfig": {"s3Uri": REQUEST.output_uri},
            "hyperParameters": REQUEST.hyperparameters,
            "jobTags": tags,
            "customModelTags": tags,
        }
        bedrock.stub.add_response("create_model_customization_job", {"jobArn": ARN}, expected)
        assert bedrock.jobs.create(REQUEST) == ARN

    def test_without_a_validation_file_none_is_sent(self) -> None:
        assert "validationDataConfig" not in parameters(replace(REQUEST, validation_uri=None))

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("ConflictException", NameTakenError),
            pytest.param("ServiceQuotaExceededException", QuotaReachedError, marks=pytest.mark.fault(23)),
            ("ValidationException", RequestRejectedError),
            ("TooManyTagsException", RequestRejectedError),
            ("AccessDeniedException", AccessRefusedError),
            ("InternalServerException", ServiceUnavailableError),
        ],
    )
    def test_a_refusal_has_the_kind_that_create_promises(
        self, bedrock: Bedrock, code: str, kind: type[GuardError]
    ) -> None:
        bedrock.stub.add_client_error("create_model_customization_job", code, "Because.")
        with pytest.raises(kind, match=REQUEST.job_name):
            bedrock.jobs.create(REQUEST)


class TestGet:
    @pytest.mark.fault(28)
    def test_a_description_of_only_required_fields_is_read(self, bedrock: Bedrock) -> None:
        bedrock.describes()
        job = bedrock.jobs.get(ARN)
        assert (job.arn, job.status, job.phases, job.token) == (ARN, "", Phases(), "")
        assert (job.last_modified, job.ended_at, job.training_loss, job.model_arn) == (None,) * 4

    @pytest.mark.fault(28)
    def test_words_and_fields_that_nobody_knows_are_passed_on_or_left_out(self, bedrock: Bedrock) -> None:
        details = {"trainingDetails": {"status": "Dreaming", "creationTime": builders.START}}
        bedrock.describes(status="Validating", statusDetails=details)
        job = bedrock.jobs.get(ARN)
        assert job.status == "Validating"
        assert job.phases.training == Phase(PhaseStatus.OTHER, builders.START)

    def test_everything_that_is_told_is_read_with_times_in_utc(self, bedrock: Bedrock) -> None:
        elsewhere = builders.START.astimezone(timezone(timedelta(hours=13)))
        phase = {"status": "Completed", "creationTime": elsewhere, "lastModifiedTime": elsewhere}
        bedrock.describes(
            status="Completed",
            statusDetails={
                "validationDetails": phase,
                "dataProcessingDetails": phase,
                "trainingDetails": phase,
            },
            lastModifiedTime=elsewhere,
            endTime=elsewhere,
            failureMessage="It broke.",
            outputModelArn=MODEL,
            clientRequestToken="token",
            trainingDataConfig={"s3Uri": "s3://bucket/train.jsonl"},
            hyperParameters={"learningRate": "1.0E-4"},
            trainingMetrics={"trainingLoss": 1.5},
        )
        job = bedrock.jobs.get(ARN)
        done = Phase(PhaseStatus.COMPLETED, builders.START, builders.START)
        assert job.phases == Phases(done, done, done)
        assert (job.last_modified, job.ended_at) == (builders.START, builders.START)
        assert job.ended_at is not None
        assert job.ended_at.tzinfo is UTC
        assert (job.failure, job.model_arn, job.token) == ("It broke.", MODEL, "token")
        assert (job.training_uri, job.hyperparameters) == (
            "s3://bucket/train.jsonl",
            {"learningRate": "1.0E-4"},
        )
        assert job.training_loss == 1.5

    @pytest.mark.parametrize("told", [-1.0, -1])
    def test_a_loss_of_minus_one_is_unknown(self, bedrock: Bedrock, told: float) -> None:
        bedrock.describes(trainingMetrics={"trainingLoss": told})
        assert bedrock.jobs.get(ARN).training_loss is None

    @pytest.mark.fault(31)
    def test_an_unknown_job_is_not_found(self, bedrock: Bedrock) -> None:
        bedrock.stub.add_client_error("get_model_customization_job", "ResourceNotFoundException", "None.")
        with pytest.raises(NotFoundError, match="jr2dm97inxxm"):
            bedrock.jobs.get(ARN)


class TestStopAndDelete:
    def test_a_stop_names_the_job(self, bedrock: Bedrock) -> None:
        bedrock.stub.add_response("stop_model_customization_job", {}, {"jobIdentifier": ARN})
        bedrock.jobs.stop(ARN)

    @pytest.mark.fault(24)
    def test_a_stop_that_comes_too_late_is_a_conflict(self, bedrock: Bedrock) -> None:
        bedrock.stub.add_client_error("stop_model_customization_job", "ConflictException", "It is Stopped.")
        with pytest.raises(NameTakenError, match="It is Stopped"):
            bedrock.jobs.stop(ARN)

    def test_a_model_that_is_not_there_counts_as_deleted(self, bedrock: Bedrock) -> None:
        bedrock.stub.add_client_error("delete_custom_model", "ResourceNotFoundException", "None.")
        bedrock.jobs.delete_model(MODEL)

    def test_a_model_that_may_not_be_deleted_is_an_error(self, bedrock: Bedrock) -> None:
        bedrock.stub.add_client_error("delete_custom_model", "AccessDeniedException", "No.")
        with pytest.raises(AccessRefusedError, match=":custom-model/"):
            bedrock.jobs.delete_model(MODEL)


def test_base_models_are_read_leniently(bedrock: Bedrock) -> None:
    ends = datetime(2026, 9, 10, tzinfo=UTC)
    summaries = [
        {"modelArn": "a", "modelId": "bare"},
        {
            "modelArn": "b",
            "modelId": "full",
            "customizationsSupported": ["FINE_TUNING", "PREFERENCE_FINE_TUNING"],
            "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": ends},
        },
    ]
    bedrock.stub.add_response(
        "list_foundation_models", {"modelSummaries": summaries}, {"byCustomizationType": "FINE_TUNING"}
    )
    bare, full = bedrock.jobs.base_models()
    assert (bare.customizations, bare.lifecycle, bare.end_of_life) == ((), "", None)
    assert full.customizations == ("FINE_TUNING", "PREFERENCE_FINE_TUNING")
    assert (full.lifecycle, full.end_of_life) == ("LEGACY", ends)


def test_moto_takes_the_shape_of_every_call(clients: Clients) -> None:
    # moto finds jobs by name only and ends them at once (docs/bedrock.md, 9); it vouches for shapes.
    jobs = BedrockJobs(clients.bedrock)
    request = replace(
        REQUEST, training_uri="s3://bucket/train.jsonl", role_arn="arn:aws:iam::123456789012:role/b"
    )
    jobs.create(request)
    assert jobs.get(request.job_name).name == request.job_name
    jobs.stop(request.job_name)
