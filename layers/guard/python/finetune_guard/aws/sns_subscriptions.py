"""Who gets what a topic publishes, as SNS says."""

from typing import TYPE_CHECKING, Final

from finetune_guard.aws.errors import translated
from finetune_guard.core.doctoring.facts import Subscription

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

#: What stands there of one that was deleted; of one that nobody has confirmed, "PendingConfirmation".
DELETED: Final = "Deleted"
#: A subscription that is confirmed has an ARN.
ARN: Final = "arn:"


class SnsSubscriptions:
    """Subscriptions over SNS."""

    def __init__(self, client: "SNSClient") -> None:
        self._client = client

    def of(self, topic_arn: str) -> tuple[Subscription, ...]:
        """Every subscription of the topic; see Subscriptions.of."""
        found: list[Subscription] = []
        with translated("list the subscriptions of", topic_arn):
            pages = self._client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
            for page in pages:
                found += [
                    Subscription(
                        protocol=each.get("Protocol", ""),
                        endpoint=each.get("Endpoint", ""),
                        confirmed=each.get("SubscriptionArn", "").startswith(ARN),
                    )
                    for each in page.get("Subscriptions", ())
                    if each.get("SubscriptionArn") != DELETED
                ]
        return tuple(found)
