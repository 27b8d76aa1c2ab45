"""The contract of Subscriptions, on the fake and on SNS by moto."""

from collections.abc import Callable

import pytest
from botocore.stub import Stubber

from finetune_guard.aws.clients import Clients
from finetune_guard.aws.sns_subscriptions import SnsSubscriptions
from finetune_guard.core.doctoring.facts import Subscription
from finetune_guard.core.errors import NotFoundError
from finetune_guard.ports import Subscriptions
from tests.fakes.health import ALERTS, FakeSubscriptions

Place = tuple[Subscriptions, str]
ADA = Subscription("email", "ada@example.com", confirmed=True)


def _fake(_: pytest.FixtureRequest) -> Place:
    subscriptions = FakeSubscriptions()
    subscriptions.known[ALERTS] = (ADA,)
    return subscriptions, ALERTS


def _sns(request: pytest.FixtureRequest) -> Place:
    clients: Clients = request.getfixturevalue("clients")
    topic = clients.sns.create_topic(Name="alerts")["TopicArn"]
    clients.sns.subscribe(TopicArn=topic, Protocol=ADA.protocol, Endpoint=ADA.endpoint)
    return SnsSubscriptions(clients.sns), topic


WORLDS: dict[str, Callable[[pytest.FixtureRequest], Place]] = {"fake": _fake, "sns": _sns}


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest) -> Place:
    return WORLDS[request.param](request)


def test_a_topic_tells_its_subscriptions(place: Place) -> None:
    subscriptions, topic = place
    assert subscriptions.of(topic) == (ADA,)


def test_an_absent_topic_is_not_found(place: Place) -> None:
    subscriptions, topic = place
    with pytest.raises(NotFoundError):
        subscriptions.of(topic + "-none")


@pytest.mark.fault(69)
def test_sns_says_in_place_of_the_arn_that_nobody_has_confirmed(clients: Clients) -> None:
    """moto takes every subscription for confirmed; AWS SNS API reference, Subscribe and Unsubscribe."""
    listed = [
        {"Protocol": "email", "Endpoint": name, "SubscriptionArn": arn}
        for name, arn in (("ada", ALERTS + ":1"), ("bob", "PendingConfirmation"), ("eve", "Deleted"))
    ]
    with Stubber(clients.sns) as stub:
        stub.add_response("list_subscriptions_by_topic", {"Subscriptions": listed})
        found = SnsSubscriptions(clients.sns).of(ALERTS)
    assert [(each.endpoint, each.confirmed) for each in found] == [("ada", True), ("bob", False)]
