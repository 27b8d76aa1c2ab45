"""What S3 answers about buckets that are not simply there: scripted, since moto has one owner and no 403."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.s3_buckets import REGION_HEADER, S3Buckets
from finetune_guard.core.access.places import Answer, BucketFacts
from finetune_guard.core.errors import NotSignedInError, ServiceUnavailableError

ACCOUNT = "111122223333"
OWNER = {"ExpectedBucketOwner": ACCOUNT}


def refusing(stub: Stubber, status: int, region: str = "", **expected: object) -> None:
    """A HEAD that is refused: the code is the status, since there is no body."""
    stub.add_client_error(
        "head_bucket",
        str(status),
        "Forbidden",
        http_status_code=status,
        expected_params={"Bucket": "data", **expected},
        response_meta={"HTTPHeaders": {REGION_HEADER: region}} if region else None,
    )


def opening(stub: Stubber, **expected: object) -> None:
    answer: Mapping[str, Any] = {"BucketRegion": "eu-west-1"}
    stub.add_response("head_bucket", answer, {"Bucket": "data", **expected})


@pytest.mark.fault(57)
def test_a_bucket_of_another_account_is_told_from_a_forbidden_one(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    refusing(stub, 403, "eu-west-1", **OWNER)
    opening(stub)
    with stub:
        found = S3Buckets(clients.s3).facts("data", ACCOUNT)
    assert found == BucketFacts("data", Answer.OPEN, "eu-west-1", ours=False)


@pytest.mark.fault(57)
def test_a_forbidden_bucket_tells_its_region_and_not_its_owner(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    refusing(stub, 403, "eu-west-1", **OWNER)
    refusing(stub, 403, "eu-west-1")
    with stub:
        found = S3Buckets(clients.s3).facts("data", ACCOUNT)
    assert found == BucketFacts("data", Answer.FORBIDDEN, "eu-west-1")


@pytest.mark.fault(57)
@pytest.mark.parametrize("status", [301, 400])
def test_an_answer_from_the_wrong_region_still_tells_the_right_one(clients: Clients, status: int) -> None:
    stub = Stubber(clients.s3)
    refusing(stub, status, "eu-west-1")
    with stub:
        assert S3Buckets(clients.s3).facts("data", None).region == "eu-west-1"


def test_a_forbidden_bucket_without_the_header_has_no_region(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    refusing(stub, 403)
    with stub:
        assert S3Buckets(clients.s3).facts("data", None) == BucketFacts("data", Answer.FORBIDDEN)


def test_a_service_that_does_not_answer_says_nothing_of_the_bucket(clients: Clients) -> None:
    stub = Stubber(clients.s3)
    refusing(stub, 503)
    with stub, pytest.raises(ServiceUnavailableError):
        S3Buckets(clients.s3).facts("data", None)


def test_without_credentials_nothing_is_known_of_a_bucket(clients: Clients) -> None:
    def nobody(**_: object) -> None:
        raise NoCredentialsError

    clients.s3.meta.events.register("before-parameter-build.s3.HeadBucket", nobody)
    with pytest.raises(NotSignedInError):
        S3Buckets(clients.s3).facts("data", ACCOUNT)
