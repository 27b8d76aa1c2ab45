"""How far each permission reaches: conditions, prefixes, file names."""

import pytest

from finetune_guard.core.metrics.files import MANIFEST_FILE, TRAINING_FILE, VALIDATION_FILE
from finetune_guard.core.names import STACK_TAG as TAG_OF_THE_PACKAGE
from infra.constructs.run_steps import STACK_TAG
from infra.constructs.watch import METRIC_FILES
from tests.infra.deployed import (
    ACCOUNT,
    Deployed,
    Resource,
    allowed,
    arns,
    documents,
    many,
    statement_of,
    statements_of,
    text_of,
)

RECORDS = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"}


IN_PARTS = {"s3:PutObject", "s3:AbortMultipartUpload"}


ASKING = {"iam:GetRole", "iam:SimulatePrincipalPolicy"}


OPERATOR = {
    "cloudformation:DescribeStacks",
    "states:StartExecution",
    "states:DescribeExecution",
    *RECORDS,
    *IN_PARTS,
    "s3:ListBucket",
    "s3:GetObject",
    "bedrock:GetModelCustomizationJob",
    "bedrock:ListFoundationModels",
    "servicequotas:ListServiceQuotas",
    "bedrock:ListModelCustomizationJobs",
}

#: What doctor calls beside: it reads, and changes nothing.
DOCTOR = {
    "cloudformation:ListStackResources",
    "lambda:GetFunctionConfiguration",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricStatistics",
    "scheduler:GetSchedule",
    "sqs:GetQueueAttributes",
    "sns:ListSubscriptionsByTopic",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
}


@pytest.mark.fault(92)
def test_a_stop_reaches_only_what_carries_the_tag_of_this_stack(deployed: Deployed) -> None:
    stop = statement_of(deployed.statements("watch"), "bedrock:StopModelCustomizationJob")
    assert stop["Condition"] == {"StringEquals": {"aws:ResourceTag/finetune-guard:stack": "FinetuneGuard"}}
    assert [arn.split(":")[-1] for arn in arns(stop)] == ["model-customization-job/*"]


@pytest.mark.fault(92)
def test_a_deletion_reaches_only_models_that_carry_the_tag_of_this_stack(deployed: Deployed) -> None:
    delete = statement_of(deployed.statements("clean_up"), "bedrock:DeleteCustomModel")
    assert delete["Condition"] == {"StringEquals": {"aws:ResourceTag/finetune-guard:stack": "FinetuneGuard"}}
    assert [arn.split(":")[-1] for arn in arns(delete)] == ["custom-model/*"]


@pytest.mark.fault(92)
def test_what_is_created_must_carry_the_tag_of_this_stack(deployed: Deployed) -> None:
    tagged = {"StringEquals": {"aws:RequestTag/finetune-guard:stack": "FinetuneGuard"}}
    creating = [
        statement
        for statement in deployed.statements("create_jobs")
        if "bedrock:CreateModelCustomizationJob" in many(statement["Action"])
    ]
    by_kind = {
        arn.split(":")[-1]: statement.get("Condition") for statement in creating for arn in arns(statement)
    }
    assert by_kind == {
        "foundation-model/*": None,
        "custom-model/*": tagged,
        "model-customization-job/*": tagged,
    }
    tagging = statement_of(deployed.statements("create_jobs"), "bedrock:TagResource")
    assert tagging["Condition"] == tagged


def test_the_tag_is_the_one_that_the_package_sets() -> None:
    assert STACK_TAG == TAG_OF_THE_PACKAGE


def test_only_the_stacks_own_role_is_passed_and_only_to_bedrock(deployed: Deployed) -> None:
    passing = statement_of(deployed.statements("create_jobs"), "iam:PassRole")
    assert len(arns(passing)) == 1
    assert arns(passing)[0].startswith("<BedrockRole")
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}


def test_roles_that_the_deployer_names_may_be_passed_too(furnished: Deployed) -> None:
    passing = statement_of(furnished.statements("create_jobs"), "iam:PassRole")
    assert arns(passing)[1:] == ["arn:aws:iam::111122223333:role/OtherBedrockRole"]


@pytest.mark.fault(57)
def test_iam_is_asked_about_the_deployers_roles_only_and_about_nothing_without_any(
    deployed: Deployed, furnished: Deployed
) -> None:
    for stack, roles in ((deployed, []), (furnished, ["arn:aws:iam::111122223333:role/OtherBedrockRole"])):
        for statements in (stack.statements("preflight"), _policy(stack, "Operator")):
            asking = [s for s in statements if "iam:SimulatePrincipalPolicy" in many(s["Action"])]
            assert [arn for statement in asking for arn in arns(statement)] == roles
            assert all(set(many(s["Action"])) == ASKING for s in asking)


@pytest.mark.fault(57)
@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"])
def test_what_preflight_may_do_with_data_and_output_the_stacks_own_role_may_do(
    action: str, furnished: Deployed
) -> None:
    """So what pre-flight did by itself the job can do, and IAM need not be asked (docs/adr/0020)."""
    [role] = [name for name in furnished.resources("AWS::IAM::Role") if name.startswith("Bedrock")]
    jobs = statement_of(furnished.role_statements({"Ref": role}), action)
    ours = statement_of(furnished.statements("preflight"), action)
    assert set(arns(ours)) <= set(arns(jobs))
    assert ours["Condition"] == jobs["Condition"]


@pytest.mark.fault(87)
def test_the_watch_reads_metric_files_and_manifests_and_never_a_prompt(furnished: Deployed) -> None:
    statements = furnished.statements("watch")
    both = statements_of(statements, "s3:GetObject")
    own, reading = sorted(map(arns, both), key=len)
    names = {TRAINING_FILE, VALIDATION_FILE, MANIFEST_FILE}
    buckets = {arn.partition("/")[0] for arn in reading}
    assert {arn.partition("/")[2].removeprefix("*") for arn in reading} == names
    assert len(buckets) == 3
    assert len(reading) == 9
    assert [arn.partition("/")[2] for arn in own] == ["metrics/*"]
    assert not any("validated_prompts.jsonl".endswith(name) for name in names)
    assert {name.removeprefix("*") for name in METRIC_FILES} == names


@pytest.mark.fault(38)
@pytest.mark.parametrize("handler", ["preflight", "plan", "watch"])
def test_whoever_reads_may_list_so_that_missing_is_not_mistaken_for_forbidden(
    handler: str, deployed: Deployed
) -> None:
    listing = statement_of(deployed.statements(handler), "s3:ListBucket")
    assert arns(listing)[0].startswith("<DataBucket")


@pytest.mark.fault(57)
def test_every_use_of_s3_is_within_the_account(furnished: Deployed) -> None:
    account = {"Ref": "AWS::AccountId"}
    checked = 0
    for role in furnished.resources("AWS::IAM::Role").values():
        for document in documents(role):
            for statement in document["Statement"]:
                if str(many(statement["Action"])[0]).startswith("s3:"):
                    condition = statement["Condition"]
                    assert condition["StringEquals"]["s3:ResourceAccount"] == account
                    checked += 1
    assert checked >= 10


def test_functions_write_to_the_stacks_bucket_only_but_for_the_output(furnished: Deployed) -> None:
    for handler, where in {
        "plan": {"samples", "runs"},
        "report": {"runs"},
        "watch": {"journal", "metrics", "runs"},
    }.items():
        written = arns(statement_of(furnished.statements(handler), "s3:PutObject"))
        assert all(arn.startswith("<DataBucket") for arn in written), handler
        assert {arn.split("/")[1] for arn in written} == where


def test_bedrock_serves_only_jobs_of_this_account(deployed: Deployed) -> None:
    [role] = [r for name, r in deployed.resources("AWS::IAM::Role").items() if name.startswith("BedrockRole")]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    source = text_of(trust["Condition"]["ArnEquals"]["aws:SourceArn"])
    assert source == f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/*"


def test_bedrock_reads_data_and_writes_output_and_nothing_else(furnished: Deployed) -> None:
    name = next(n for n in furnished.resources("AWS::IAM::Role") if n.startswith("BedrockRole"))
    statements = furnished.role_statements({"Ref": name})
    assert allowed(statements) == {
        "s3:ListBucket",
        "s3:GetObject",
        *IN_PARTS,
        "kms:Decrypt",
        "kms:GenerateDataKey",
    }
    written = arns(statement_of(statements, "s3:PutObject"))
    assert [arn.split("/", 1)[1] for arn in written] == ["output/*", "*", "*"]
    assert written[1:] == ["arn:aws:s3:::training-data/*", "arn:aws:s3:::more-data/*"]


def test_keys_are_used_through_s3_only(furnished: Deployed) -> None:
    for handler in ("preflight", "plan", "watch"):
        using = statement_of(furnished.statements(handler), "kms:Decrypt")
        assert arns(using) == ["arn:aws:kms:us-east-1:111122223333:key/0f3a"]
        assert text_of(using["Condition"]["StringEquals"]["kms:ViaService"]) == "s3.us-east-1.amazonaws.com"


def test_the_operator_policy_allows_what_the_cli_calls_and_no_more(deployed: Deployed) -> None:
    statements = _policy(deployed, "Operator")
    assert allowed(statements) == OPERATOR
    assert len(arns(statement_of(statements, "states:StartExecution"))) == 3
    assert arns(statement_of(statements, "cloudformation:DescribeStacks")) == [
        f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/FinetuneGuard/*"
    ]
    uploaded = arns(statement_of(statements, "s3:PutObject"))
    assert [arn.split("/", 1)[1] for arn in uploaded] == ["uploads/*"]


def test_the_doctor_policy_only_reads_and_names_what_it_reads(deployed: Deployed) -> None:
    statements = _policy(deployed, "Doctor")
    assert allowed(statements) == DOCTOR
    verbs = {action.split(":")[1][:3] for action in DOCTOR}
    assert verbs <= {"Get", "Lis", "Des", "Sim"}
    unnamed = [statement["Action"] for statement in statements if arns(statement) == ["*"]]
    assert unnamed == ["cloudwatch:GetMetricStatistics"]


def _policy(deployed: Deployed, name: str) -> list[Resource]:
    policies = deployed.resources("AWS::IAM::ManagedPolicy")
    [policy] = [policy for logical_id, policy in policies.items() if logical_id.startswith(f"{name}Policy")]
    statements: list[Resource] = policy["PolicyDocument"]["Statement"]
    return statements
