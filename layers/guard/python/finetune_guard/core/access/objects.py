"""Why a data file cannot be read, where S3 tells more than "no": its key, or its storage class."""

from finetune_guard.core.config_text import shown
from finetune_guard.core.datasets.faults import DataFault
from finetune_guard.core.datasets.problems import problem_of
from finetune_guard.core.errors import AccessRefusedError, ServiceError
from finetune_guard.core.observations import FileFacts
from finetune_guard.core.runs import Problem

AWS_KEYS = "AWS, fine-tuning-troubleshooting (kms:Decrypt of the role)"
AWS_ARCHIVE = "AWS, S3 user guide, restoring archived objects"
AWS_CUSTOMER_KEY = "AWS, S3 user guide, SSE-C"
#: Code of the error for a file that only the key in its owner's hands opens.
CUSTOMER_KEY = "ServerSideEncryptionCustomerKey"


def unreadable(key: str, uri: str, error: Exception, facts: FileFacts | None) -> Problem:
    """The problem of a file that could not be read.

    Args:
        key: The config key that names it.
        uri: Where it is.
        error: What reading it raised.
        facts: What was seen of it before; None where not even that could be had.
    """
    if isinstance(error, ServiceError) and error.code == CUSTOMER_KEY:
        return _customer_key(key, uri)
    if facts and facts.archived:
        return _archived(key, uri, facts.archived)
    if facts and facts.key_arn and isinstance(error, AccessRefusedError):
        return _locked(key, uri, facts.key_arn)
    return problem_of(DataFault.UNREADABLE, key, shown(uri), {"reason": f"{error}"})


def _archived(key: str, uri: str, archived: str) -> Problem:
    message = f"The file is archived ({archived}) and has to be restored before anybody can read it."
    advice = "Restore it, or copy it to the storage class STANDARD."
    return Problem("AC013", "error", key, shown(uri), message, advice, AWS_ARCHIVE)


def _customer_key(key: str, uri: str) -> Problem:
    message = "The file is encrypted with a key of its owner's own (SSE-C), which Bedrock cannot be given."
    advice = "Copy it with SSE-S3, or with SSE-KMS and the setting dataKeys."
    return Problem("AC014", "error", key, shown(uri), message, advice, AWS_CUSTOMER_KEY)


def _locked(key: str, uri: str, key_arn: str) -> Problem:
    message = f"The file is encrypted with {key_arn}, and it could not be decrypted."
    advice = (
        "Add this key to the setting dataKeys and deploy; where its key policy does not leave that to IAM, "
        "let it allow the stack's roles kms:Decrypt through S3."
    )
    return Problem("AC015", "error", key, shown(uri), message, advice, AWS_KEYS)
