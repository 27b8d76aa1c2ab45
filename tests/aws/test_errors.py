import ssl

import pytest
from botocore import exceptions as foreign
from botocore.parsers import ResponseParserError

from finetune_guard.aws.errors import KINDS, kind_of, translated
from finetune_guard.core.errors import (
    AccessRefusedError,
    GuardError,
    NameTakenError,
    NotFoundError,
    NotSignedInError,
    QuotaReachedError,
    RequestRejectedError,
    ServiceError,
    ServiceUnavailableError,
    StaleRecordError,
)
from tests.aws.called_operations import called, error_codes


def client_error(code: str, message: str = "Because.", status: int = 400) -> foreign.ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return foreign.ClientError(response, "Operation")  # type: ignore[arg-type]


def modelled_errors() -> list[tuple[str, str]]:
    """Each error that botocore models for an operation we call, but for the bell's: it keeps them all."""
    return [
        (f"{model.service_model.service_name}.{model.name}", code)
        for model in called()
        if model.service_model.service_name != "lambda"
        for code in error_codes(model)
    ]


def test_the_operations_found_in_the_source_are_those_that_permissions_are_written_for() -> None:
    assert {f"{model.service_model.service_name}:{model.name}" for model in called()} == {
        "bedrock:CreateModelCustomizationJob",
        "bedrock:GetModelCustomizationJob",
        "bedrock:StopModelCustomizationJob",
        "bedrock:DeleteCustomModel",
        "bedrock:ListFoundationModels",
        "bedrock:ListModelCustomizationJobs",
        "iam:GetRole",
        "iam:SimulatePrincipalPolicy",
        "s3:HeadBucket",
        "s3:ListObjectsV2",
        "s3:GetObject",
        "s3:HeadObject",
        "s3:PutObject",
        "s3:CreateMultipartUpload",
        "s3:UploadPart",
        "s3:CompleteMultipartUpload",
        "s3:AbortMultipartUpload",
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "sns:Publish",
        "stepfunctions:StartExecution",
        "stepfunctions:SendTaskSuccess",
        "stepfunctions:SendTaskHeartbeat",
        "stepfunctions:DescribeExecution",
        "lambda:Invoke",
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "service-quotas:ListServiceQuotas",
        "sts:GetCallerIdentity",
        "lambda:GetFunctionConfiguration",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricStatistics",
        "scheduler:GetSchedule",
        "sqs:GetQueueAttributes",
        "sns:ListSubscriptionsByTopic",
    }


@pytest.mark.parametrize(("operation", "code"), modelled_errors())
def test_every_modelled_error_has_a_kind_of_its_own(operation: str, code: str) -> None:
    assert code in KINDS, f"{operation} may answer {code}, which aws/errors.py does not know"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ConflictException", NameTakenError),
        ("ServiceQuotaExceededException", QuotaReachedError),
        pytest.param("ThrottlingException", ServiceUnavailableError, marks=pytest.mark.fault(18)),
        pytest.param("AccessDeniedException", AccessRefusedError, marks=pytest.mark.fault(30)),
        pytest.param(
            "ProvisionedThroughputExceededException", ServiceUnavailableError, marks=pytest.mark.fault(66)
        ),
        ("ResourceNotFoundException", NotFoundError),
        ("ValidationException", RequestRejectedError),
        ("ConditionalCheckFailedException", StaleRecordError),
        ("ExpiredTokenException", AccessRefusedError),
    ],
)
def test_a_known_code_has_the_kind_that_callers_act_on(code: str, kind: type[GuardError]) -> None:
    assert kind_of(client_error(code)) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRejectedError),
        (403, AccessRefusedError),
        (404, NotFoundError),
        (412, StaleRecordError),
        (429, ServiceUnavailableError),
        (500, ServiceUnavailableError),
        (503, ServiceUnavailableError),
        (0, ServiceError),
    ],
)
def test_an_unknown_code_is_judged_by_its_status(status: int, kind: type[GuardError]) -> None:
    assert kind_of(client_error("NeverHeardOf", status=status)) is kind


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (foreign.NoCredentialsError(), NotSignedInError),
        (foreign.ProfileNotFound(profile="work"), NotSignedInError),
        (foreign.NoRegionError(), RequestRejectedError),
        (foreign.ParamValidationError(report="Unknown parameter"), RequestRejectedError),
        pytest.param(
            foreign.EndpointConnectionError(endpoint_url="https://x"),
            ServiceUnavailableError,
            marks=pytest.mark.fault(29),
        ),
        pytest.param(
            foreign.ReadTimeoutError(endpoint_url="https://x"),
            ServiceUnavailableError,
            marks=pytest.mark.fault(29),
        ),
        pytest.param(
            foreign.SSLError(endpoint_url="https://x", error=ssl.SSLError("reset")),
            ServiceUnavailableError,
            marks=pytest.mark.fault(29),
        ),
        (foreign.IncompleteReadError(actual_bytes=1, expected_bytes=2), ServiceUnavailableError),
        (ResponseParserError("<html>"), ServiceUnavailableError),
        (foreign.DataNotFoundError(data_path="bedrock"), ServiceError),
    ],
)
def test_what_botocore_raises_by_itself_has_a_kind(raised: Exception, kind: type[GuardError]) -> None:
    with pytest.raises(kind) as caught, translated("look at the job", "job-1"):
        raise raised
    assert type(caught.value) is kind
    assert caught.value.__cause__ is raised


def test_the_message_says_what_was_tried_on_what_why_not_and_what_to_do() -> None:
    with pytest.raises(NotFoundError) as caught, translated("look at the customization job", "job-1"):
        raise client_error("ResourceNotFoundException", "No such\n  job.")
    assert str(caught.value) == (
        "Could not look at the customization job job-1: No such job (ResourceNotFoundException). "
        "Check the name, the account and the region."
    )
    assert caught.value.code == "ResourceNotFoundException"


def test_a_long_sentence_of_the_service_is_cut() -> None:
    with pytest.raises(RequestRejectedError) as caught, translated("write", "it"):
        raise client_error("ValidationException", "x" * 100_000)
    assert len(str(caught.value)) < 700


def test_what_is_not_of_aws_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), translated("divide", "1 by 0"):
        raise ZeroDivisionError
    with pytest.raises(QuotaReachedError, match="ours"), translated("create", "it"):
        raise QuotaReachedError("ours")
