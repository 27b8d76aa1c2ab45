import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.s3_metrics import MOST_BYTES, MOST_FILES, MOST_OBJECTS, S3Metrics
from finetune_guard.core.errors import AccessRefusedError, InvalidInputError, RequestRejectedError
from finetune_guard.core.observations import StoredFile
from tests.builders import START
from tests.contracts import moto_world

JOB = "abcdefghijkl"
KEY = f"output/model-customization-job-{JOB}/training_artifacts/step_wise_training_metrics.csv"
URI = f"s3://{moto_world.BUCKET}/output"


@pytest.mark.fault(48)
def test_a_file_too_large_for_the_watch_is_refused_before_it_is_read(clients: Clients) -> None:
    huge = StoredFile(KEY, '"etag"', MOST_BYTES + 1, START)
    with pytest.raises(RequestRejectedError, match=r"16,777,217 bytes, at most 16,777,216 are read"):
        S3Metrics(clients.s3).read(URI, huge)


@pytest.mark.fault(32)
def test_a_metric_file_on_the_second_page_of_a_listing_is_found(clients: Clients) -> None:
    asked = {"Bucket": moto_world.BUCKET, "Prefix": f"output/model-customization-job-{JOB}/"}
    prompts = {"Key": "output/validated_prompts.jsonl", "ETag": '"e"', "Size": 1, "LastModified": START}
    first = {"Contents": [prompts], "IsTruncated": True, "NextContinuationToken": "more"}
    second = {"Contents": [prompts | {"Key": KEY}], "IsTruncated": False}
    stub = Stubber(clients.s3)
    stub.add_response("list_objects_v2", first, asked)
    stub.add_response("list_objects_v2", second, asked | {"ContinuationToken": "more"})
    with stub:
        assert [file.key for file in S3Metrics(clients.s3).files(URI, JOB)] == [KEY]


@pytest.mark.fault(48)
@pytest.mark.parametrize(("count", "size"), [(MOST_FILES + 1, 1), (2, MOST_BYTES // 2 + 1)])
def test_more_metric_files_than_a_job_has_are_refused(clients: Clients, count: int, size: int) -> None:
    file = {"ETag": '"e"', "Size": size, "LastModified": START}
    contents = [{**file, "Key": KEY.replace("training_artifacts", str(number))} for number in range(count)]
    stub = Stubber(clients.s3)
    stub.add_response("list_objects_v2", {"Contents": contents, "IsTruncated": False})
    with stub, pytest.raises(RequestRejectedError, match="look at it by hand"):
        S3Metrics(clients.s3).files(URI, JOB)


@pytest.mark.fault(32)
def test_a_prefix_that_somebody_filled_is_not_listed_to_its_end(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    for number in range(MOST_OBJECTS // 1000):
        page = {"IsTruncated": True, "NextContinuationToken": str(number), "Contents": []}
        stub.add_response("list_objects_v2", page)
    with stub, pytest.raises(RequestRejectedError, match="more than 50 metric files or 10,000 objects"):
        S3Metrics(clients.s3).files(URI, JOB)


def test_output_at_the_root_of_a_bucket_is_found(clients: Clients) -> None:
    bucket = moto_world.bucket(clients)
    key = KEY.removeprefix("output/")
    clients.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    for uri in (f"s3://{bucket}", f"s3://{bucket}/"):
        assert [file.key for file in S3Metrics(clients.s3).files(uri, JOB)] == [key]


@pytest.mark.fault(38)
def test_a_prefix_that_may_not_be_listed_is_told_apart_from_an_empty_one(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    stub.add_client_error("list_objects_v2", "AccessDenied", "Access Denied", http_status_code=403)
    with stub, pytest.raises(AccessRefusedError, match=f"model-customization-job-{JOB}"):
        S3Metrics(clients.s3).files(URI, JOB)


def test_an_output_that_is_no_s3_uri_is_invalid(clients: Clients) -> None:
    with pytest.raises(InvalidInputError, match="s3://bucket/key"):
        S3Metrics(clients.s3).files("bucket/output", JOB)
