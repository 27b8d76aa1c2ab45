"""How mails get into the inbox: a queue that is subscribed to the stack's topics, emptied into files."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from local.inbox.mails import Mail, delivered, keep

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUE = "finetune-guard-inbox"


@dataclass(frozen=True, slots=True)
class Inbox:
    """A queue and the folder that it is emptied into.

    Attributes:
        queue_url: The queue.
        folder: Where mails are kept.
    """

    queue_url: str
    folder: Path

    def fetch(self) -> tuple[Mail, ...]:
        """What has arrived since the last fetch; each is on disk before it leaves the queue."""
        queue, arrived = boto3.client("sqs"), []
        while messages := queue.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                arrived.append(delivered(message["Body"]))
                keep(arrived[-1], self.folder)
                queue.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return tuple(arrived)


def opened(folder: Path) -> Inbox:
    """The inbox of the machine that this process is a client of."""
    folder.mkdir(parents=True, exist_ok=True)
    return Inbox(boto3.client("sqs").get_queue_url(QueueName=QUEUE)["QueueUrl"], folder)


def subscribe(topics: Iterable[str]) -> None:
    """Makes the queue and subscribes it to the topics; done twice, it is subscribed once."""
    queue, notifications = boto3.client("sqs"), boto3.client("sns")
    url = queue.create_queue(QueueName=QUEUE)["QueueUrl"]
    arn = _arn(queue, url)
    queue.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _let_topics_send(arn)})
    for topic in topics:
        listed = notifications.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if arn not in {subscription["Endpoint"] for subscription in listed}:
            notifications.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)


def _let_topics_send(queue_arn: str) -> str:
    """Without it SNS delivers nothing, on AWS as on an engine that enforces permissions."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _arn(queue: "SQSClient", url: str) -> str:
    answer = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return answer["Attributes"]["QueueArn"]
