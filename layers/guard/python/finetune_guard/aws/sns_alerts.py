"""The topic that mails people: plain text for a mailbox, JSON for programs (docs/adr/0001)."""

from typing import TYPE_CHECKING, Final

from finetune_guard.aws.errors import translated
from finetune_guard.core.alerts import Alert, subject_line
from finetune_guard.core.errors import RequestRejectedError
from finetune_guard.core.wire import dumps, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

#: SNS's limit for a message, all protocols together.
LARGEST_MESSAGE: Final = 256 * 1024
#: Protocols whose reader is a person, and those whose reader is a program.
_PEOPLE: Final = ("default", "email")
_PROGRAMS: Final = ("sqs", "lambda", "http", "https")
#: Where an alert is on its way is the table's business, not the reader's.
_INTERNAL: Final = frozenset({"state", "claimed_until", "sent_at", "message_id"})


class SnsAlerts:
    """Alerts over one topic."""

    def __init__(self, client: "SNSClient", topic_arn: str) -> None:
        self._client = client
        self._topic = topic_arn

    def publish(self, alert: Alert) -> str:
        """Publishes and returns the topic's message id.

        Raises:
            RequestRejectedError: The text is longer than a message may be.
            ServiceError: The topic did not take it.
        """
        message = message_of(alert)
        if len(message.encode()) > LARGEST_MESSAGE:
            raise RequestRejectedError(
                f"Alert {alert.alert_id} makes a message of {len(message.encode()):,} bytes, SNS takes "
                f"{LARGEST_MESSAGE:,}. Cut its text with core.alerts.body."
            )
        with translated("publish the alert", f"{alert.alert_id} of run {alert.run_id}"):
            return self._client.publish(
                TopicArn=self._topic,
                Subject=subject_line(alert.subject) or "Finetune Guard",
                MessageStructure="json",
                Message=message,
                MessageAttributes=_attributes(alert),
            )["MessageId"]


def message_of(alert: Alert) -> str:
    """The message for each protocol, as `MessageStructure=json` wants it."""
    return dumps(dict.fromkeys(_PEOPLE, alert.text) | dict.fromkeys(_PROGRAMS, document_of(alert)))


def document_of(alert: Alert) -> str:
    """The alert as programs get it, one line of JSON."""
    fields = plain(alert)
    shown = fields.items() if isinstance(fields, dict) else ()
    return dumps({name: value for name, value in shown if name not in _INTERNAL})


def _attributes(alert: Alert) -> "Mapping[str, MessageAttributeValueTypeDef]":
    values = {"kind": alert.kind.value, "severity": alert.severity.value, "run_id": alert.run_id}
    return {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}
