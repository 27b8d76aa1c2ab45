"""A bucket of the same name in another account is out of reach, whoever asks."""

import copy
from collections.abc import Iterator, Mapping

import pytest

from tests.infra.deployed import Deployed, Resource, documents, many, text_of

KINDS = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
OURS = {"Ref": "AWS::AccountId"}


def _on_buckets(template: Mapping[str, Resource]) -> Iterator[tuple[str, Resource]]:
    """Every right on S3 with the role or policy that gives it."""
    for name, resource in template["Resources"].items():
        if resource["Type"] in KINDS:
            for document in documents(resource["Properties"]):
                for statement in document["Statement"]:
                    if str(many(statement["Action"])[0]).startswith("s3:"):
                        yield name, statement


def out_of_bounds(template: Mapping[str, Resource]) -> list[str]:
    """Rights on S3 that would reach a bucket of another account, a sentence each."""
    return [
        f"{name}, {statement['Sid']}: not bound to s3:ResourceAccount of this account"
        for name, statement in _on_buckets(template)
        if statement.get("Condition", {}).get("StringEquals", {}).get("s3:ResourceAccount") != OURS
    ]


@pytest.mark.fault(57)
@pytest.mark.parametrize("which", ["deployed", "furnished"])
def test_no_right_reaches_a_bucket_of_another_account(which: str, request: pytest.FixtureRequest) -> None:
    template = request.getfixturevalue(which).template
    holders = {name for name, _ in _on_buckets(template)}
    assert len(holders) == 7, "Bedrock, preflight, plan, create_jobs, report, watch and the operator"
    assert out_of_bounds(template) == []


@pytest.mark.fault(57)
def test_each_right_that_is_unbound_is_named(furnished: Deployed) -> None:
    tried = 0
    for place, (name, bound) in enumerate(_on_buckets(furnished.template)):
        for spoilt in ({}, {"StringEquals": {"s3:ResourceAccount": "999999999999"}}):
            template = copy.deepcopy(dict(furnished.template))
            list(_on_buckets(template))[place][1]["Condition"] = spoilt
            [fault] = out_of_bounds(template)
            assert fault.startswith(f"{name}, {bound['Sid']}: ")
            tried += 1
    assert tried >= 30


@pytest.mark.parametrize("kind", ["AWS::S3::BucketPolicy"])
def test_the_stacks_own_buckets_let_in_no_other_account(kind: str, deployed: Deployed) -> None:
    letting_in = [
        text_of(statement["Principal"]["Service"])
        for policy in deployed.resources(kind).values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert letting_in == ["logging.s3.amazonaws.com"]
