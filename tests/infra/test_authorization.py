"""Every action exists, on that kind of resource, under condition keys that it has: or IAM allows nothing."""

import json
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.infra.authorization import TABLE, Use, faults, services, uses
from tests.infra.deployed import Deployed, Resource, documents, many
from tests.infra.recorded import Named

#: What the reference says and other pages of AWS's contradict; each is granted as those pages ask.
OTHERWISE: Mapping[tuple[str, str], str] = {
    ("bedrock:CreateModelCustomizationJob", "model-customization-job/"): (
        "The Step Functions guide (connect-bedrock) lists the job itself among the resources."
    ),
    ("logs:DescribeLogGroups", "*"): (
        "Step Functions looks at all of them to set up a delivery (guide, Logging using CloudWatch Logs)."
    ),
}


def _statements(deployed: Deployed) -> Iterator[Resource]:
    """Every statement of the template: of roles, and of what is shared with others."""
    for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for resource in deployed.resources(kind).values():
            for document in documents(resource):
                yield from document["Statement"]
    for kind in ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"):
        for resource in deployed.resources(kind).values():
            yield from resource["PolicyDocument"]["Statement"]


def _all_uses(deployed: Deployed) -> list[Use]:
    named = Named(deployed)
    return [
        use
        for statement in _statements(deployed)
        if statement["Effect"] == "Allow"
        for use in uses(statement, [named.text(arn) for arn in many(statement["Resource"])])
    ]


def _is_excused(use: Use) -> bool:
    return any(use.action == action and part in use.pattern for action, part in OTHERWISE)


@pytest.mark.parametrize("which", ["deployed", "furnished"])
def test_every_statement_is_one_by_which_iam_allows_something(
    which: str, request: pytest.FixtureRequest
) -> None:
    everything = _all_uses(request.getfixturevalue(which))
    assert len(everything) > 150
    assert [fault for use in everything if not _is_excused(use) for fault in faults(use)] == []


def test_what_is_excused_is_there_and_is_what_the_reference_does_not_have(deployed: Deployed) -> None:
    excused = [use for use in _all_uses(deployed) if _is_excused(use)]
    assert {use.action for use in excused} == {action for action, _ in OTHERWISE}
    assert [use for use in excused if not faults(use) and use.action.startswith("bedrock")] == []


def test_a_service_may_assume_a_role_under_keys_that_every_request_has(deployed: Deployed) -> None:
    trusts = [
        statement
        for role in deployed.resources("AWS::IAM::Role").values()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    ]
    assert len(trusts) == len(deployed.resources("AWS::IAM::Role"))
    assert [f for trust in trusts for use in uses(trust, [_ANY_ROLE]) for f in faults(use)] == []


_ANY_ROLE = "arn:aws:iam::111122223333:role/any"
_JOB = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/*"
_TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/runs"
_STACK_TAG = "finetune-guard:stack"


@pytest.mark.parametrize(
    ("action", "arn", "keys", "said"),
    [
        ("bedrock:StopModelCustomisationJob", _JOB, (), "no such action"),
        ("bedrock:stopModelCustomizationJob", _JOB, (), "no such action"),
        ("bedrok:StopModelCustomizationJob", _JOB, (), "no such action"),
        ("s3:HeadObject", "arn:aws:s3:::ours/*", (), "no such action"),
        ("bedrock:StopModelCustomizationJob", _JOB, (f"aws:RequestTag/{_STACK_TAG}",), "never holds"),
        ("bedrock:DeleteCustomModel", _JOB, (), "takes custom-model only"),
        ("s3:ListBucket", "arn:aws:s3:::ours/*", (), "takes accesspoint, bucket only"),
        ("s3:GetObject", "arn:aws:s3:::ours", (), "takes accesspointobject, object only"),
        ("s3:GetObject", "arn:aws:s3:::ours/*", ("s3:prefix",), "there is no s3:prefix"),
        ("dynamodb:PutItem", f"{_TABLE}/index/due", (), "takes table only"),
        ("dynamodb:Query", _TABLE, ("s3:ResourceAccount",), "never holds"),
        ("iam:PassRole", _ANY_ROLE, ("iam:PassedToServices",), "never holds"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:alias/mine", (), "takes key only"),
        ("states:SendTaskSuccess", "arn:aws:states:us-east-1:111122223333:stateMachine:m", (), "so * only"),
    ],
)
def test_what_iam_would_take_in_silence_is_named(
    action: str, arn: str, keys: tuple[str, ...], said: str
) -> None:
    [fault] = faults(Use(action, arn, keys))
    assert fault.startswith(f"{action}: ")
    assert said in fault


@pytest.mark.parametrize(
    ("action", "arn", "keys"),
    [
        ("bedrock:StopModelCustomizationJob", _JOB, (f"aws:ResourceTag/{_STACK_TAG}",)),
        ("s3:ListBucket", "arn:aws:s3:::ours", ("s3:prefix", "s3:ResourceAccount")),
        ("s3:GetObject", "arn:aws:s3:::ours/*step_wise_training_metrics.csv", ("s3:resourceaccount",)),
        ("dynamodb:Query", f"{_TABLE}/index/due", ()),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/team/Bedrock", ("iam:PassedToService",)),
        ("lambda:InvokeFunction", "*", ("aws:SourceAccount",)),
    ],
)
def test_what_iam_allows_is_not_called_a_fault(action: str, arn: str, keys: tuple[str, ...]) -> None:
    assert faults(Use(action, arn, keys)) == []


SPOILT: Mapping[str, Callable[[Use], Use]] = {
    "action": lambda use: Use(f"{use.action}x", use.pattern, use.keys),
    "key": lambda use: Use(use.action, use.pattern, ("aws:RequestedTag/any",)),
    "resource": lambda use: Use(use.action, f"arn:aws:none:::{use.pattern}", use.keys),
}


@pytest.mark.parametrize("which", SPOILT)
def test_each_statement_that_is_spoilt_is_seen(which: str, deployed: Deployed) -> None:
    """Each use of the template, of an action, under a key or on a resource that there is not."""
    everything = [use for use in _all_uses(deployed) if not _is_excused(use)]
    assert [use for use in everything if not faults(SPOILT[which](use))] == []


def test_the_table_says_where_it_is_from_and_has_every_service_of_the_template(deployed: Deployed) -> None:
    prefixes = {use.action.partition(":")[0] for use in _all_uses(deployed)}
    assert prefixes <= set(services())
    assert len(prefixes) >= 12
    head = json.loads(TABLE.read_text())
    assert head["source"].startswith("https://docs.aws.amazon.com/service-authorization/")
