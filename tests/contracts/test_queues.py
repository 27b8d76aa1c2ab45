"""The contract of Queues, on the fake and on SQS by moto."""

from collections.abc import Callable

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.sqs_queues import SqsQueues
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import Queues
from tests.fakes.health import FakeQueues

Place = tuple[Queues, str, str]


def _fake(_: pytest.FixtureRequest) -> Place:
    queues = FakeQueues()
    queues.waiting["https://sqs/lost-calls"] = 2
    return queues, "https://sqs/lost-calls", "https://sqs/none"


def _sqs(request: pytest.FixtureRequest) -> Place:
    """One of the two messages is being read."""
    clients: Clients = request.getfixturevalue("clients")
    url = clients.sqs.create_queue(QueueName="lost-calls")["QueueUrl"]
    for body in ("one", "two"):
        clients.sqs.send_message(QueueUrl=url, MessageBody=body)
    clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    return SqsQueues(clients.sqs), url, url.replace("lost-calls", "none")


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Place]] = {"fake": _fake, "sqs": _sqs}


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest) -> Place:
    return WORLDS[request.param](request)


def test_messages_that_wait_and_those_being_read_are_counted(place: Place) -> None:
    queues, url, _ = place
    assert queues.messages(url) == 2


def test_an_absent_queue_is_not_found(place: Place) -> None:
    queues, _, absent = place
    with pytest.raises(NotFoundError):
        queues.messages(absent)
