"""The contract of Buckets, on the fake and on S3 by moto."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from finetune_guard.aws.s3_buckets import S3Buckets
from finetune_guard.core.access.places import Answer, BucketFacts
from finetune_guard.ports import Buckets
from tests.fakes.access import FakeBuckets


@dataclass
class Place:
    """The buckets under test, of which "here" is in us-east-1, "there" in eu-west-1, "none" nowhere."""

    buckets: Buckets


def _fake(_: pytest.FixtureRequest) -> Place:
    buckets = FakeBuckets()
    buckets.put("there", region="eu-west-1")
    buckets.put("none", Answer.ABSENT)
    return Place(buckets)


def _s3(request: pytest.FixtureRequest) -> Place:
    clients = request.getfixturevalue("clients")
    clients.s3.create_bucket(Bucket="here")
    clients.s3.create_bucket(Bucket="there", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return Place(S3Buckets(clients.s3))


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Place]] = {"fake": _fake, "s3": _s3}


@pytest.fixture(params=WORLDS)
def buckets(request: pytest.FixtureRequest) -> Buckets:
    return WORLDS[request.param](request).buckets


@pytest.mark.fault(57)
@pytest.mark.parametrize(("name", "region"), [("here", "us-east-1"), ("there", "eu-west-1")])
def test_an_open_bucket_tells_its_region_also_from_another(buckets: Buckets, name: str, region: str) -> None:
    assert buckets.facts(name, None) == BucketFacts(name, Answer.OPEN, region)


def test_a_bucket_of_the_account_that_is_asked_about_is_ours(buckets: Buckets) -> None:
    assert buckets.facts("here", DEFAULT_ACCOUNT_ID).ours is True


@pytest.mark.fault(57)
@pytest.mark.parametrize("account", [None, DEFAULT_ACCOUNT_ID])
def test_an_absent_bucket_is_absent(buckets: Buckets, account: str | None) -> None:
    assert buckets.facts("none", account) == BucketFacts("none", Answer.ABSENT)
