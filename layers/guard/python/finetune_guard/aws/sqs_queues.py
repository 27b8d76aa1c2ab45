"""How many messages wait in a queue, as SQS says."""

from typing import TYPE_CHECKING, Final

from finetune_guard.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

#: Messages that wait, and those that somebody is reading and has not deleted.
WAITING: "Final[list[QueueAttributeNameType]]" = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
]


class SqsQueues:
    """Queues over SQS."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def messages(self, url: str) -> int:
        """How many messages there are; see Queues.messages."""
        with translated("look at the queue", url):
            told = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=WAITING)["Attributes"]
        return sum(int(told.get(name, "0")) for name in WAITING)
