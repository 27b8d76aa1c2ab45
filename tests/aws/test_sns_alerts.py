import json
from dataclasses import replace

import boto3
import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.sns_alerts import SnsAlerts, document_of, message_of
from finetune_guard.core.alerts import Alert, AlertState
from finetune_guard.core.errors import AccessRefusedError
from tests import builders
from tests.contracts import moto_world
from tests.contracts.records import alert

TOPIC = f"arn:aws:sns:{moto_world.REGION}:123456789012:alerts"


class Topic:
    """A topic with a queue behind it."""

    def __init__(self, clients: Clients) -> None:
        sqs = boto3.client("sqs", region_name=moto_world.REGION)
        queue = sqs.create_queue(QueueName="programs")["QueueUrl"]
        topic = clients.sns.create_topic(Name="alerts")["TopicArn"]
        endpoint = f"arn:aws:sqs:{moto_world.REGION}:123456789012:programs"
        clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
        self.alerts = SnsAlerts(clients.sns, topic)
        self._sqs, self._queue = sqs, queue

    def delivered(self) -> dict[str, object]:
        message = self._sqs.receive_message(QueueUrl=self._queue)["Messages"][0]
        received: dict[str, object] = json.loads(message["Body"])
        return received


@pytest.fixture
def topic(clients: Clients) -> Topic:
    return Topic(clients)


def published(found: Alert) -> dict[str, object]:
    document: dict[str, object] = json.loads(document_of(found))
    return document


def test_a_program_receives_the_alert_as_json_with_attributes_to_filter_by(topic: Topic) -> None:
    message_id = topic.alerts.publish(alert())
    envelope = topic.delivered()
    assert envelope["MessageId"] == message_id
    assert envelope["Subject"] == "Loss diverges"
    assert json.loads(str(envelope["Message"])) == published(alert())
    attributes = envelope["MessageAttributes"]
    assert isinstance(attributes, dict)
    assert {name: value["Value"] for name, value in attributes.items()} == {
        "kind": "finding",
        "severity": "critical",
        "run_id": "support-bot-0123456789",
    }


def test_the_document_has_the_fields_of_the_adr_and_nothing_of_the_tables_own() -> None:
    sent = alert(state=AlertState.CLAIMED, claimed_until=builders.START)
    assert published(sent).keys() == {
        "schema_version",
        "alert_id",
        "kind",
        "severity",
        "run_id",
        "job",
        "subject",
        "text",
        "created_at",
        "finding",
    }
    assert published(sent)["created_at"] == "2026-11-24T12:00:00Z"


def test_a_person_gets_the_text_and_a_program_the_document() -> None:
    found = alert()
    message = json.loads(message_of(found))
    assert {name for name, body in message.items() if body == found.text} == {"default", "email"}
    assert {name for name, body in message.items() if body == document_of(found)} == {
        "sqs",
        "lambda",
        "http",
        "https",
    }


def test_numbers_that_are_none_are_strings_in_the_document() -> None:
    finding = builders.finding(observed=float("nan"), threshold=float("-inf"))
    document = document_of(alert(finding=finding))
    assert '"observed":"NaN","threshold":"-Infinity"' in document
    assert "\n" not in document


@pytest.mark.fault(73)
@pytest.mark.fault(74)
@pytest.mark.parametrize("subject", ["", "two\nlines\r\nBcc: x", "ü" * 200, "\x00"])
def test_a_subject_that_sns_would_refuse_never_keeps_an_alert_back(topic: Topic, subject: str) -> None:
    topic.alerts.publish(alert(subject=subject))
    sent = str(topic.delivered()["Subject"])
    assert sent.isascii()
    assert sent.isprintable()
    assert 0 < len(sent) < 100


def test_an_alert_of_the_whole_stack_has_no_run_to_filter_by(clients: Clients) -> None:
    stub = Stubber(clients.sns)
    whole = replace(alert(), run_id="")
    expected = {
        "TopicArn": TOPIC,
        "Subject": whole.subject,
        "MessageStructure": "json",
        "Message": message_of(whole),
        "MessageAttributes": {
            "kind": {"DataType": "String", "StringValue": "finding"},
            "severity": {"DataType": "String", "StringValue": "critical"},
        },
    }
    stub.add_response("publish", {"MessageId": "m-1"}, expected)
    with stub:
        assert SnsAlerts(clients.sns, TOPIC).publish(whole) == "m-1"


@pytest.mark.fault(71)
def test_a_topic_whose_key_we_may_not_use_is_an_error_and_not_silence(clients: Clients) -> None:
    stub = Stubber(clients.sns)
    stub.add_client_error("publish", "KMSAccessDenied", "The ciphertext refers to a key you may not use.")
    with stub, pytest.raises(AccessRefusedError, match="key you may not use"):
        SnsAlerts(clients.sns, TOPIC).publish(alert())
