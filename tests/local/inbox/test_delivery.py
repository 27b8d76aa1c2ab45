import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local.inbox.delivery import opened, subscribe
from local.inbox.mails import kept


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("sns").create_topic(Name="alerts")["TopicArn"]


def publish(topic: str, text: str) -> str:
    message = json.dumps({"alert_id": "a" * 24, "run_id": "r", "kind": "finding", "text": text})
    answer = boto3.client("sns").publish(TopicArn=topic, Subject="WARNING", Message=message)
    return answer["MessageId"]


def test_what_is_published_arrives_and_is_on_disk(topic: str, tmp_path: Path) -> None:
    subscribe([topic])
    sent = [publish(topic, f"text {n}") for n in range(12)]

    arrived = opened(tmp_path / "inbox").fetch()

    assert {mail.message_id for mail in arrived} == set(sent)
    assert {mail.message_id for mail in kept(tmp_path / "inbox")} == set(sent)


def test_what_was_fetched_is_no_longer_in_the_queue(topic: str, tmp_path: Path) -> None:
    subscribe([topic])
    publish(topic, "text")

    assert len(opened(tmp_path).fetch()) == 1
    assert opened(tmp_path).fetch() == ()


def test_subscribing_twice_delivers_once(topic: str, tmp_path: Path) -> None:
    subscribe([topic])
    subscribe([topic])
    publish(topic, "text")

    assert len(opened(tmp_path).fetch()) == 1


def test_the_queue_lets_topics_send_to_it(topic: str, tmp_path: Path) -> None:
    subscribe([topic])

    url = opened(tmp_path).queue_url
    attributes = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "QueueArn"])
    [statement] = json.loads(attributes["Attributes"]["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Resource"] == attributes["Attributes"]["QueueArn"]
