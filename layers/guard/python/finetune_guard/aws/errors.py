"""Turns what botocore raises into the errors of core.errors, once, most specific first.

Codes are those of botocore's service models for the operations we call (a test enumerates them), and the
common ones that every AWS service may answer (AWS documentation, "Common Error Types").
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    EndpointProviderError,
    HTTPClientError,
    IncompleteReadError,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

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

#: A service's own sentence is cut here; it may quote a whole request.
LONGEST_REASON = 500

Kind = type[ServiceError] | type[StaleRecordError]

_CODES: Final[Mapping[Kind, str]] = {
    StaleRecordError: """
        ConditionalCheckFailedException PreconditionFailed 412 ConditionalRequestConflict""",
    AccessRefusedError: """
        AccessDeniedException AccessDenied AccessDeniedError 403 Forbidden UnauthorizedOperation
        AuthorizationError AuthorizationErrorException NotAuthorized InvalidSecurity InvalidSecurityException
        ExpiredToken ExpiredTokenException InvalidClientTokenId UnrecognizedClientException
        IncompleteSignature InvalidAccessKeyId InvalidSignatureException SignatureDoesNotMatch
        MissingAuthenticationToken MissingAuthenticationTokenException OptInRequired AllAccessDisabled
        KMSAccessDenied KMSAccessDeniedException KmsAccessDeniedException KMSOptInRequired""",
    NotFoundError: """
        ResourceNotFoundException ResourceNotFound NotFoundException NotFound 404 NoSuchResourceException
        NoSuchKey NoSuchBucket NoSuchUpload NoSuchVersion
        ExecutionDoesNotExist StateMachineDoesNotExist TaskDoesNotExist TaskTimedOut
        NoSuchEntity NoSuchEntityException
        QueueDoesNotExist AWS.SimpleQueueService.NonExistentQueue
        KMSNotFound KMSNotFoundException KMS.NotFoundException""",
    NameTakenError: """
        ConflictException ResourceInUseException ExecutionAlreadyExists""",
    QuotaReachedError: """
        ServiceQuotaExceededException LimitExceededException ExecutionLimitExceeded
        ItemCollectionSizeLimitExceededException""",
    ServiceUnavailableError: """
        ThrottlingException Throttling ThrottledException Throttled TooManyRequestsException
        TooManyRequests 429 RequestLimitExceeded ProvisionedThroughputExceededException
        BandwidthLimitExceeded PriorRequestNotComplete SlowDown
        KMSThrottling KMSThrottlingException KmsThrottlingException
        InternalServerException InternalServerError InternalError InternalErrorException InternalFailure
        ServiceException ServiceUnavailable ServiceUnavailableException RequestTimeout RequestTimeoutException
        500 502 503 504 TransactionConflictException ReplicatedWriteConflictException
        ServiceFailure ServiceFailureException RequestTimeTooSkewed RequestExpired InternalServiceError
        InternalServiceFault RequestThrottled""",
    RequestRejectedError: """
        ValidationException ValidationError TooManyTagsException InvalidRequest InvalidArgument 400 BadRequest
        InvalidParameter InvalidParameterException ParameterValueInvalid InvalidParameterValue
        InvalidParameterValueException InvalidParameterCombination MissingParameter MalformedQueryString
        InvalidInput InvalidInputException PolicyEvaluation PolicyEvaluationException
        InvalidAction InvalidQueryParameter SerializationException UnknownOperationException
        IllegalArgumentException InvalidPaginationTokenException
        InvalidNextToken InvalidAttributeName UnsupportedOperation InvalidAddress
        InvalidArn InvalidName InvalidOutput InvalidToken InvalidExecutionInput StateMachineDeleting
        EndpointDisabled EndpointDisabledException PlatformApplicationDisabled
        PlatformApplicationDisabledException InvalidObjectState InvalidWriteOffset
        TooManyParts EncryptionTypeMismatch EntityTooLarge EntityTooSmall InvalidPart InvalidPartOrder
        KeyTooLongError InvalidBucketName InvalidRange PermanentRedirect 301
        IllegalLocationConstraintException AuthorizationHeaderMalformed
        KMSDisabled KMSDisabledException KMS.DisabledException KMSInvalidState KMSInvalidStateException
        KmsInvalidStateException KMS.KMSInvalidStateException""",
}
KINDS: Final[Mapping[str, Kind]] = {code: kind for kind, codes in _CODES.items() for code in codes.split()}

_BY_STATUS: Final[Mapping[int, Kind]] = {
    401: AccessRefusedError,
    403: AccessRefusedError,
    404: NotFoundError,
    412: StaleRecordError,
    429: ServiceUnavailableError,
}

#: What botocore raises without an answer of the service, most specific first.
_LOCAL: Final[tuple[tuple[type[Exception], Kind], ...]] = (
    (NoCredentialsError, NotSignedInError),
    (PartialCredentialsError, NotSignedInError),
    (CredentialRetrievalError, NotSignedInError),
    (TokenRetrievalError, NotSignedInError),
    (NoAuthTokenError, NotSignedInError),
    (SSOError, NotSignedInError),
    (ProfileNotFound, NotSignedInError),
    (NoRegionError, RequestRejectedError),
    (ParamValidationError, RequestRejectedError),
    (EndpointProviderError, RequestRejectedError),
    (IncompleteReadError, ServiceUnavailableError),
    (ConnectionError, ServiceUnavailableError),
    (HTTPClientError, ServiceUnavailableError),
    (ResponseParserError, ServiceUnavailableError),
    (BotoCoreError, ServiceError),
)

_ADVICE: Final[Mapping[Kind, str]] = {
    AccessRefusedError: "Sign in, or get the permission; the stack outputs the policy that the CLI needs.",
    NotSignedInError: "Sign in, or name credentials that are there; nothing was asked.",
    NotFoundError: "Check the name, the account and the region.",
    NameTakenError: "Use another name, or look at what has it and which state it is in.",
    QuotaReachedError: "Try again when something has ended, or ask AWS for a higher quota.",
    RequestRejectedError: "Correct what was given; the same request will be refused again.",
    ServiceUnavailableError: "Try again later; it may have been carried out nevertheless.",
    StaleRecordError: "Somebody wrote it first: read it again and start over.",
    ServiceError: "Look at the message; it is none that this version knows.",
}


@contextmanager
def translated(doing: str, given: str) -> Iterator[None]:
    """Raises our own error for whatever botocore raises within.

    Args:
        doing: What was tried, such as "stop the customization job".
        given: On what; never a secret, a prompt or a task token.

    Raises:
        GuardError: Of the kind that `kind_of` finds, saying what was tried, on what, why not, what to do.
    """
    try:
        yield
    except (ClientError, BotoCoreError, ResponseParserError) as exc:
        raise _error(exc, doing, given) from exc


def kind_of(exc: Exception) -> Kind:
    """The kind of our error for one of botocore's: by its code, else its HTTP status, else its class."""
    if not isinstance(exc, ClientError):
        return next((kind for foreign, kind in _LOCAL if isinstance(exc, foreign)), ServiceError)
    status = int(exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return KINDS.get(code_of(exc)) or _BY_STATUS.get(status) or _by_class(status)


def code_of(exc: Exception) -> str:
    """The service's error code, or "" where no service answered."""
    return str(exc.response.get("Error", {}).get("Code", "")) if isinstance(exc, ClientError) else ""


def _by_class(status: int) -> Kind:
    if status >= 500:
        return ServiceUnavailableError
    return RequestRejectedError if status >= 400 else ServiceError


def _error(exc: Exception, doing: str, given: str) -> GuardError:
    kind, code = kind_of(exc), code_of(exc)
    reason = exc.response.get("Error", {}).get("Message", "") if isinstance(exc, ClientError) else str(exc)
    why = " ".join(str(reason).split())[:LONGEST_REASON].rstrip(".") or type(exc).__name__
    message = f"Could not {doing} {given}: {why}{f' ({code})' if code else ''}. {_ADVICE[kind]}"
    return StaleRecordError(message) if issubclass(kind, StaleRecordError) else kind(message, code)
