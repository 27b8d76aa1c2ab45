"""What the stand-in answers when it refuses: the service's own error codes, with a sentence.

ServiceError        an answer to a caller; the code is one that botocore's model has, or
UnknownOperationException StandInError        the stand-in itself cannot start or read what it was given
"""

from typing import Final

VALIDATION: Final = "ValidationException"
NOT_FOUND: Final = "ResourceNotFoundException"
CONFLICT: Final = "ConflictException"
ACCESS_DENIED: Final = "AccessDeniedException"
TOO_MANY_TAGS: Final = "TooManyTagsException"
QUOTA: Final = "ServiceQuotaExceededException"
THROTTLING: Final = "ThrottlingException"
INTERNAL: Final = "InternalServerException"
UNKNOWN_OPERATION: Final = "UnknownOperationException"


class ServiceError(Exception):
    """Raised by an operation; the server answers with its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class StandInError(Exception):
    """Raised when a settings, fault, catalogue or state file cannot be used; says which and what to do."""
