"""The table and the buckets: keys, what outlives the stack, what expires."""

import pytest

from finetune_guard.aws import dynamo_table
from infra.constructs import run_store
from tests.infra.deployed import Deployed


def test_keys_and_index_are_those_of_the_adapter(deployed: Deployed) -> None:
    [table] = deployed.resources("AWS::DynamoDB::GlobalTable").values()
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    [index] = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == run_store.INDEX == dynamo_table.INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due_pk", "due_sk"]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.fault(64)
def test_no_record_is_ever_deleted_by_its_age(deployed: Deployed) -> None:
    [table] = deployed.resources("AWS::DynamoDB::GlobalTable").values()
    assert "TimeToLiveSpecification" not in table


def test_the_table_can_be_restored_and_outlives_the_stack(deployed: Deployed) -> None:
    [table] = deployed.resources("AWS::DynamoDB::GlobalTable").values()
    recovery = table["Replicas"][0]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert _policies(deployed, "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket") == {"Retain"}


def test_what_is_to_be_kept_cannot_be_deleted_by_a_slip(deployed: Deployed, furnished: Deployed) -> None:
    assert (deployed.stack.termination_protection, furnished.stack.termination_protection) == (True, False)
    assert (_deletion_protection(deployed), _deletion_protection(furnished)) == (True, False)


def _deletion_protection(deployed: Deployed) -> object:
    [table] = deployed.resources("AWS::DynamoDB::GlobalTable").values()
    return table["Replicas"][0]["DeletionProtectionEnabled"]


def test_a_deployer_may_have_everything_removed(furnished: Deployed) -> None:
    assert _policies(furnished, "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket") == {"Delete"}
    kinds = {resource["Type"] for resource in furnished.template["Resources"].values()}
    assert not any(kind.startswith("Custom::") for kind in kinds)


def _policies(deployed: Deployed, *kinds: str) -> set[str]:
    found = deployed.template["Resources"].values()
    return {resource["DeletionPolicy"] for resource in found if resource["Type"] in kinds}


@pytest.mark.fault(93)
def test_nothing_retained_has_a_name_that_blocks_the_next_deployment(deployed: Deployed) -> None:
    names = (
        "TableName",
        "BucketName",
        "TopicName",
        "QueueName",
        "FunctionName",
        "RoleName",
        "StateMachineName",
    )
    named = [
        name
        for name, resource in deployed.template["Resources"].items()
        if resource["Type"] not in {"AWS::Lambda::Permission", "AWS::Lambda::EventInvokeConfig"}
        and any(key in resource["Properties"] for key in names)
    ]
    assert named == []


def test_buckets_are_private_encrypted_versioned_and_logged(deployed: Deployed) -> None:
    buckets = deployed.resources("AWS::S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets.values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert "BucketEncryption" in bucket
    assert len([b for b in buckets.values() if "LoggingConfiguration" in b]) == 1


def test_samples_of_training_data_are_gone_after_a_month(deployed: Deployed) -> None:
    [own] = [b for b in deployed.resources("AWS::S3::Bucket").values() if "LoggingConfiguration" in b]
    rules = {rule["Id"]: rule for rule in own["LifecycleConfiguration"]["Rules"]}
    assert rules["Samples"]["Prefix"] == "samples/"
    assert rules["Samples"]["ExpirationInDays"] == 30
    assert rules["Samples"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert [rule["Prefix"] for rule in rules.values() if "ExpirationInDays" in rule] == ["samples/"]
