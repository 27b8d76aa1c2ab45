"""Who may do what: each function's calls, what nobody may, and the page that tells it."""

from pathlib import Path

import pytest

from infra.permissions_page import holders, page
from tests.infra.deployed import EVERY_FUNCTION, Deployed, allowed, arns, documents, many, text_of

RUNS = {"dynamodb:Query", "dynamodb:PutItem"}
RECORDS = {*RUNS, "dynamodb:GetItem"}


IN_PARTS = {"s3:PutObject", "s3:AbortMultipartUpload"}


#: The calls that each use case makes through the adapters in finetune_guard.aws (test_recorded_calls.py plays
#: them).
CALLS = {
    "preflight": {
        *RECORDS,
        *IN_PARTS,
        "s3:ListBucket",
        "s3:GetObject",
        "bedrock:ListFoundationModels",
        "servicequotas:ListServiceQuotas",
        "bedrock:ListModelCustomizationJobs",
    },
    "plan": {*RECORDS, *IN_PARTS, "s3:ListBucket", "s3:GetObject"},
    "next_action": RUNS,
    "create_jobs": {
        *RECORDS,
        "s3:ListBucket",
        "s3:GetObject",
        "bedrock:CreateModelCustomizationJob",
        "bedrock:GetModelCustomizationJob",
        "bedrock:TagResource",
        "iam:PassRole",
    },
    "wait_for_run": {*RUNS, "lambda:InvokeFunction"},
    "report": {*RUNS, "s3:PutObject"},
    "watch": {
        *RECORDS,
        "bedrock:GetModelCustomizationJob",
        "bedrock:StopModelCustomizationJob",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
        "sns:Publish",
        "states:SendTaskSuccess",
        "states:SendTaskHeartbeat",
        "states:DescribeExecution",
        "sqs:SendMessage",
    },
    "clean_up": {*RUNS, "bedrock:DeleteCustomModel", "sqs:SendMessage"},
}


def test_every_function_is_listed_here(deployed: Deployed) -> None:
    assert set(deployed.functions()) == set(CALLS)


@pytest.mark.parametrize("handler", CALLS)
def test_a_role_allows_exactly_the_calls_of_its_use_case(handler: str, deployed: Deployed) -> None:
    assert allowed(deployed.statements(handler)) == CALLS[handler] | EVERY_FUNCTION


def test_no_two_functions_share_a_role(deployed: Deployed) -> None:
    roles = [text_of(function["Role"]) for function in deployed.functions().values()]
    assert len(set(roles)) == len(roles)


def test_no_action_is_a_wildcard(deployed: Deployed) -> None:
    everything = [
        action
        for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for resource in deployed.resources(kind).values()
        for document in documents(resource)
        for statement in document["Statement"]
        for action in many(statement["Action"])
    ]
    assert len(everything) > 80
    assert [action for action in everything if "*" in action] == []


def test_no_function_may_both_create_and_stop_and_only_one_may_do_each(deployed: Deployed) -> None:
    may = {handler: allowed(deployed.statements(handler)) for handler in CALLS}

    def who(action: str) -> list[str]:
        return [handler for handler, actions in may.items() if action in actions]

    assert who("bedrock:CreateModelCustomizationJob") == ["create_jobs"]
    assert who("bedrock:StopModelCustomizationJob") == ["watch"]
    assert who("bedrock:DeleteCustomModel") == ["clean_up"]
    assert who("sns:Publish") == ["watch"]
    assert who("states:SendTaskSuccess") == ["watch"]


@pytest.mark.fault(94)
@pytest.mark.parametrize("handler", CALLS)
def test_no_function_may_ever_buy_capacity(handler: str, deployed: Deployed) -> None:
    denied = [
        statement
        for statement in deployed.statements(handler)
        if statement["Effect"] == "Deny"
        and "bedrock:CreateProvisionedModelThroughput" in many(statement["Action"])
    ]
    assert [arns(statement) for statement in denied] == [["*"]]


def test_the_watch_cannot_call_itself_or_fill_a_queue_that_calls_it(deployed: Deployed) -> None:
    watch = deployed.statements("watch")
    assert "lambda:InvokeFunction" not in allowed(watch)
    assert deployed.resources("AWS::Lambda::EventSourceMapping") == {}


def test_the_page_about_permissions_says_what_the_template_says(deployed: Deployed) -> None:
    path = Path(__file__).parents[2] / "docs" / "permissions.md"
    assert path.read_text() == page(deployed.stack), (
        "write it again: .venv/bin/python -m infra.permissions_page > docs/permissions.md"
    )


def test_every_statement_of_the_template_is_on_the_page(deployed: Deployed) -> None:
    on_page = sorted(p.sid for holder in holders(deployed.stack) for p in holder.permissions)
    in_template = sorted(
        str(statement["Sid"])
        for kind in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for resource in deployed.resources(kind).values()
        for document in documents(resource)
        for statement in document["Statement"]
    )
    assert on_page == in_template


def test_no_role_is_made_by_the_cdk_on_its_own(deployed: Deployed) -> None:
    listed = [holder.place for holder in holders(deployed.stack)]
    assert len(listed) == len(set(listed)) == len(deployed.resources("AWS::IAM::Role")) + 2
