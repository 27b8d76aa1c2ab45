import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune_guard.core.access.trust import judge_trust
from finetune_guard.core.runs import Problem

ACCOUNT, REGION = "123456789012", "us-west-2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
JOBS = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-customization-job/*"


def policy(**changes: object) -> str:
    """The policy of the Bedrock user guide."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnEquals": {"aws:SourceArn": JOBS},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def judged(text: str) -> list[Problem]:
    return list(judge_trust(ROLE, text, REGION, ACCOUNT))


def conditions(**pairs: object) -> str:
    return policy(Condition={"StringLike": pairs})


@pytest.mark.parametrize(
    "text",
    [
        policy(),
        policy(Condition={}),
        policy(Action=["sts:TagSession", "sts:AssumeRole"]),
        policy(Action="sts:*"),
        policy(Principal={"Service": ["lambda.amazonaws.com", "bedrock.amazonaws.com"]}),
        conditions(**{"AWS:SourceAccount": [ACCOUNT, "999999999999"]}),
        conditions(**{"aws:SourceArn": f"arn:aws:bedrock:*:{ACCOUNT}:*"}),
        conditions(**{"aws:SourceArn": "*"}),
        conditions(**{"aws:PrincipalOrgID": "o-1"}),
        policy(Condition={"StringNotEquals": {"aws:SourceAccount": "999999999999"}}),
    ],
)
def test_a_policy_that_takes_in_our_jobs_is_fine(text: str) -> None:
    assert judged(text) == []


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    "text",
    [
        policy(Principal={"Service": "sagemaker.amazonaws.com"}),
        policy(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        policy(Effect="Deny"),
        policy(Action="sts:TagSession"),
        json.dumps({"Statement": []}),
    ],
)
def test_a_policy_that_does_not_let_bedrock_in_is_refused_with_what_to_write(text: str) -> None:
    [problem] = judged(text)
    assert (problem.code, problem.severity, problem.key) == ("AC007", "error", "role_arn")
    assert "does not trust bedrock.amazonaws.com" in problem.message
    assert JOBS in problem.suggestion


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    "text",
    [
        conditions(**{"aws:SourceAccount": "999999999999"}),
        conditions(**{"aws:SourceArn": JOBS.replace(REGION, "us-east-1")}),
        conditions(**{"aws:SourceArn": JOBS.replace(ACCOUNT, "999999999999")}),
        conditions(**{"aws:SourceArn": JOBS.replace("bedrock", "sagemaker")}),
    ],
)
def test_a_policy_for_other_jobs_is_refused_with_our_region_and_account(text: str) -> None:
    [problem] = judged(text)
    assert problem.code == "AC007"
    assert f"leave out {ACCOUNT} in {REGION}" in problem.message


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"Statement": [{"Effect": "Allow", "Principal": "*"}]}']
)
def test_a_policy_that_cannot_be_read_is_left_to_aws(text: str) -> None:
    assert judged(text) == []


def test_a_role_of_another_partition_is_judged_and_advised_in_its_own() -> None:
    role, region = ROLE.replace("arn:aws:", "arn:aws-us-gov:"), "us-gov-west-1"
    assert list(judge_trust(role, conditions(**{"aws:SourceArn": "arn:aws-us-gov:*"}), region, ACCOUNT)) == []
    [problem] = judge_trust(role, policy(Effect="Deny"), region, ACCOUNT)
    assert f"arn:aws-us-gov:bedrock:{region}:{ACCOUNT}:model-customization-job/*" in problem.suggestion


@given(st.text() | st.dictionaries(st.text(), st.text() | st.lists(st.text())).map(json.dumps))
def test_no_text_is_a_traceback(text: str) -> None:
    assert all(problem.code == "AC007" for problem in judged(text))
