"""Data under a key of the deployer's: whoever touches it may use the key as S3 wants it, and nobody else."""

import copy

import pytest

from tests.infra.data_keys import KEY_USES, key_faults, needed
from tests.infra.deployed import REGION, Deployed, Resource, many
from tests.infra.played_terminal import OPERATOR
from tests.infra.recording import Recording
from tests.infra.services import KEY_USES_OF_BEDROCK
from tests.infra.test_permissions import CALLS

BUCKET, KEY = "training-data", "arn:aws:kms:us-east-1:111122223333:key/0f3a"
HOLDERS = [*CALLS, OPERATOR]
#: Who touches objects of the deployer's buckets, and so needs the key.
TOUCH = {"preflight", "plan", "watch", OPERATOR}


def _statements(holder: str, furnished: Deployed) -> list[Resource]:
    if holder != OPERATOR:
        return furnished.statements(holder)
    policies = furnished.resources("AWS::IAM::ManagedPolicy").values()
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _uses(holder: str, furnished: Deployed, recorded: Recording) -> set[str]:
    operations = {name for who, name in recorded.operations if who == holder}
    return needed(operations, _statements(holder, furnished), BUCKET)


def test_every_call_of_s3_that_was_recorded_says_what_it_asks_of_a_key(recorded: Recording) -> None:
    assert {name for _, name in recorded.operations} <= set(KEY_USES)


@pytest.mark.parametrize("holder", HOLDERS)
def test_whoever_touches_the_data_may_use_its_key_as_s3_wants_it(
    holder: str, furnished: Deployed, recorded: Recording
) -> None:
    uses = _uses(holder, furnished, recorded)
    assert bool(uses) is (holder in TOUCH)
    assert key_faults(uses, _statements(holder, furnished), KEY, REGION) == []


@pytest.mark.parametrize("holder", sorted(TOUCH))
def test_a_use_of_the_key_taken_away_or_too_many_or_by_any_way_is_named(
    holder: str, furnished: Deployed, recorded: Recording
) -> None:
    uses = _uses(holder, furnished, recorded)
    for use in uses:
        left = _without(use, _statements(holder, furnished))
        assert f"{use} on {KEY} is needed and not allowed" in key_faults(uses, left, KEY, REGION)
    assert key_faults(uses - {"kms:Decrypt"}, _statements(holder, furnished), KEY, REGION) == [
        f"kms:Decrypt on {KEY} is allowed and not needed"
    ]
    [loose] = key_faults(uses, _by_any_way(_statements(holder, furnished)), KEY, REGION)
    assert loose.endswith("is not bound to kms:ViaService s3.us-east-1.amazonaws.com")


def _without(use: str, statements: list[Resource]) -> list[Resource]:
    return [{**s, "Action": [action for action in many(s["Action"]) if action != use]} for s in statements]


def _by_any_way(statements: list[Resource]) -> list[Resource]:
    changed = copy.deepcopy(statements)
    for statement in changed:
        if any(str(action).startswith("kms:") for action in many(statement["Action"])):
            del statement["Condition"]
    return changed


def test_bedrock_reads_and_writes_in_parts_under_the_key(furnished: Deployed) -> None:
    [role] = [name for name in furnished.resources("AWS::IAM::Role") if name.startswith("Bedrock")]
    statements = furnished.role_statements({"Ref": role})
    every = needed(KEY_USES, statements, BUCKET)
    assert every == set(KEY_USES_OF_BEDROCK)
    assert key_faults(every, statements, KEY, REGION) == []
    assert key_faults(every, _without("kms:Decrypt", statements), KEY, REGION) == [
        f"kms:Decrypt on {KEY} is needed and not allowed"
    ]


def test_without_a_key_nobody_may_use_any(deployed: Deployed) -> None:
    assert "kms:" not in deployed.template_path.read_text()


def test_the_stacks_own_bucket_needs_no_key(furnished: Deployed) -> None:
    for bucket in furnished.resources("AWS::S3::Bucket").values():
        [rule] = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
