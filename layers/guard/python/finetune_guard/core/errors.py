"""Every error that Finetune Guard raises on purpose.

    GuardError                        exit 1
    ├── InvalidInputError             exit 2   a flag, file or config that cannot be read as what it should be
    ├── ServiceError                  exit 1   an AWS service did not do what it was asked
    │   ├── AccessRefusedError                 the caller may not do this
    │   │   └── NotSignedInError               there are no credentials to ask with
    │   ├── NotFoundError                      the thing asked for does not exist
    │   ├── NameTakenError                     another job, model or execution has the name
    │   ├── QuotaReachedError                  a service quota is used up; later it may work
    │   ├── RequestRejectedError               the service finds the request invalid
    │   └── ServiceUnavailableError            throttled, timed out or broken on the far side
    ├── StaleRecordError              exit 1   somebody newer wrote the record first
    └── UnreadableRecordError         exit 1   a stored record is damaged, or too old
        └── NewerRecordError                   a newer release wrote it

A verdict, a refusal by policy and a problem in a user's config are values, never exceptions.
"""


class GuardError(Exception):
    """The root: a sentence that says what was given, what was expected and what to do."""

    exit_code = 1


class InvalidInputError(GuardError):
    """Something a person gave cannot be read as what it should be."""

    exit_code = 2


class ServiceError(GuardError):
    """An AWS service did not do what it was asked.

    Args:
        message: One sentence for a person.
        code: The service's own error code, or "" where there was none.
    """

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class AccessRefusedError(ServiceError):
    """The caller may not do this; a retry cannot help."""


class NotSignedInError(AccessRefusedError):
    """There are no credentials, or none that can be used, so no service was asked."""


class NotFoundError(ServiceError):
    """The thing asked for does not exist."""


class NameTakenError(ServiceError):
    """Another job, model or execution already has the name."""


class QuotaReachedError(ServiceError):
    """A service quota is used up; the same request may work later."""


class RequestRejectedError(ServiceError):
    """The service finds the request invalid; a retry cannot help."""


class ServiceUnavailableError(ServiceError):
    """Throttled, timed out or broken on the far side; a retry may help."""


class StaleRecordError(GuardError):
    """A conditional write lost: somebody newer wrote the record first."""


class UnreadableRecordError(GuardError):
    """A stored record cannot be read; it is left as it is. The message names it and never quotes it."""


class NewerRecordError(UnreadableRecordError):
    """A newer release wrote the record; this one may neither read nor overwrite it."""
