"""What boto3 sees of the operations, on a stand-in whose jobs wait in the queue."""

import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.bedrock.harness import LLAMA, MICRO, Running, client


@pytest.fixture
def name() -> str:
    return f"job-{uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def job(waiting: Running) -> str:
    """The ARN of a job that is waiting."""
    return waiting.create("the-job", clientRequestToken="the-token", jobTags=[{"key": "run", "value": "r1"}])


def test_a_created_job_has_the_arn_that_the_service_would_give(job: str) -> None:
    head, _, tail = job.rpartition("/")

    assert head == f"arn:aws:bedrock:us-east-1:000000000000:model-customization-job/{MICRO}"
    assert len(tail) == 12
    assert tail.isalnum()


def test_a_job_that_has_just_begun_shows_no_metrics_model_or_end(waiting: Running, job: str) -> None:
    seen = waiting.get(job)

    assert seen["status"] == "InProgress"
    assert {phase: state["status"] for phase, state in seen["statusDetails"].items()} == {
        "validationDetails": "NotStarted",
        "dataProcessingDetails": "NotStarted",
        "trainingDetails": "NotStarted",
    }
    absent = {"trainingMetrics", "validationMetrics", "outputModelArn", "endTime", "failureMessage"}
    assert not absent & seen.keys()
    assert seen["clientRequestToken"] == "the-token"
    assert seen["validationDataConfig"] == {"validators": []}
    assert seen["baseModelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{MICRO}"


def test_hyperparameters_come_back_with_defaults_in_java_format(waiting: Running, job: str) -> None:
    assert waiting.get(job)["hyperParameters"] == {
        "epochCount": "1",
        "learningRate": "1.0E-5",
        "learningRateWarmupSteps": "10",
    }


def test_a_job_is_found_by_arn_name_and_id(waiting: Running, job: str) -> None:
    found = {waiting.get(identifier)["jobArn"] for identifier in (job, "the-job", job.rsplit("/", 1)[-1])}

    assert found == {job}


def test_the_same_token_gives_the_same_job_and_no_second_one(waiting: Running, name: str) -> None:
    token = uuid4().hex
    first = waiting.create(name, clientRequestToken=token)

    again = waiting.create(f"{name}-other", clientRequestToken=token)

    assert again == first
    listed = waiting.client.list_model_customization_jobs(nameContains=name)["modelCustomizationJobSummaries"]
    assert [summary["jobArn"] for summary in listed] == [first]


def test_a_job_name_is_taken_for_ever(waiting: Running, job: str) -> None:
    with pytest.raises(waiting.client.exceptions.ConflictException, match="the-job") as refused:
        waiting.create("the-job", customModelName="another")

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_model_name_is_taken_by_the_job_that_will_make_it(waiting: Running, job: str, name: str) -> None:
    with pytest.raises(waiting.client.exceptions.ConflictException, match="model name"):
        waiting.create(name, customModelName="the-job-model")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("jobName", "with_underscore"),
        ("customModelName", "two--dashes"),
        ("outputDataConfig", {"s3Uri": "s3://bucket/run=1/"}),
        ("trainingDataConfig", {"s3Uri": "s3://bucket/with space.jsonl"}),
        ("clientRequestToken", "arn:aws:states:us-east-1:0:execution"),
        ("roleArn", "role/Customization"),
        ("customizationType", "PRE_TRAINING"),
        ("jobTags", [{"key": "smile ☺", "value": ""}]),
    ],
)
def test_what_botocore_lets_pass_and_the_service_does_not_is_refused(
    waiting: Running, name: str, field: str, value: Any
) -> None:
    with pytest.raises(waiting.client.exceptions.ValidationException, match=r"1 validation error.*" + field):
        waiting.create(**{"name": name, field: value})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hyperParameters": {"weightDecay": "0.1"}}, "weightDecay is not one of"),
        ({"hyperParameters": {"learningRate": "0.1"}}, "expected a value from 1e-06 to 0.0001"),
        ({"hyperParameters": {"epochCount": "2.5"}}, "expected an integer"),
        ({"baseModelIdentifier": "anthropic.claude-v2"}, "invalid"),
        ({"baseModelIdentifier": "amazon.nova-micro-v1:0:128"}, f"Did you mean {MICRO}"),
        ({"baseModelIdentifier": LLAMA}, "cannot be customized in us-east-1; use us-west-2"),
        ({"baseModelIdentifier": "amazon.titan-text-lite-v1:0:4k"}, "end of its life"),
        ({"customizationType": "DISTILLATION"}, "FINE_TUNING only"),
        ({"trainingDataConfig": {}}, "trainingDataConfig.s3Uri is required"),
    ],
)
def test_what_no_job_can_be_made_of_is_refused_with_a_sentence(
    waiting: Running, name: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(waiting.client.exceptions.ValidationException, match=said):
        waiting.create(name, **changes)


def test_every_violation_is_named_at_once(waiting: Running) -> None:
    with pytest.raises(waiting.client.exceptions.ValidationException, match="2 validation errors"):
        waiting.create("a_b", customModelName="c--d")


def test_a_role_of_another_account_is_refused(waiting: Running, name: str) -> None:
    with pytest.raises(waiting.client.exceptions.AccessDeniedException, match="Cross-account"):
        waiting.create(name, roleArn="arn:aws:iam::111111111111:role/Customization")


def test_more_than_fifty_tags_are_refused(waiting: Running, name: str) -> None:
    tags = [{"key": f"k{number}", "value": "v"} for number in range(51)]

    with pytest.raises(waiting.client.exceptions.TooManyTagsException):
        waiting.create(name, jobTags=tags)


@pytest.mark.parametrize("identifier", ["no-such-job", "abcdefghijkl"])
def test_an_unknown_job_is_not_found(waiting: Running, identifier: str) -> None:
    with pytest.raises(waiting.client.exceptions.ResourceNotFoundException):
        waiting.get(identifier)


def test_a_job_is_not_seen_from_another_region(waiting: Running, job: str) -> None:
    west = client(waiting.endpoint, region="us-west-2")

    with pytest.raises(west.exceptions.ResourceNotFoundException):
        west.get_model_customization_job(jobIdentifier=job)
    west.close()


def test_tags_are_kept_added_replaced_and_removed(waiting: Running, job: str) -> None:
    waiting.client.tag_resource(
        resourceARN=job, tags=[{"key": "run", "value": "r2"}, {"key": "x", "value": ""}]
    )
    waiting.client.untag_resource(resourceARN=job, tagKeys=["x", "not-there"])

    assert waiting.client.list_tags_for_resource(resourceARN=job)["tags"] == [{"key": "run", "value": "r2"}]


def test_an_operation_that_is_not_served_is_named(waiting: Running) -> None:
    with pytest.raises(ClientError, match="is no operation of this stand-in") as refused:
        waiting.client.list_guardrails()

    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "CreateModelCustomizationJob" in refused.value.response["Error"]["Message"]


def test_a_body_that_is_not_json_is_refused(waiting: Running) -> None:
    request = urllib.request.Request(f"{waiting.endpoint}/model-customization-jobs", b"[1", method="POST")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    assert refused.value.code == 400
    assert refused.value.headers["x-amzn-errortype"] == "ValidationException"
    refused.value.close()


def test_calls_are_logged_with_their_caller_and_without_bodies(waiting: Running, job: str) -> None:
    waiting.get(job)

    log = (waiting.folder / "state/calls.jsonl").read_text()
    line = log.splitlines()[-1]
    assert '"operation":"GetModelCustomizationJob"' in line
    assert '"access_key":"AKIATEST"' in line
    assert '"status":200' in line
    assert "Boto3" in line
    assert "token" not in log.replace('"session":"', "")
    assert "hyperParameters" not in log
