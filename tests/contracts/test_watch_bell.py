"""The contract of WatchBell, on the fake and on Lambda by botocore's stubber."""

import pytest
from botocore.stub import Stubber

from finetune_guard.aws.lambda_bell import EVENT, LambdaBell
from finetune_guard.ports import WatchBell
from tests.fakes.people import FakeWatchBell


@pytest.fixture(params=["fake", "lambda"])
def bell(request: pytest.FixtureRequest) -> WatchBell:
    if request.param == "fake":
        return FakeWatchBell()
    client = request.getfixturevalue("clients").lambdas
    stubber = Stubber(client)
    expected = {"FunctionName": "watch", "InvocationType": "Event", "Payload": EVENT}
    for _ in range(2):
        stubber.add_response("invoke", {"StatusCode": 202}, expected)
    stubber.activate()
    return LambdaBell(client, "watch")


def test_it_can_be_rung_again_and_again_and_says_nothing(bell: WatchBell) -> None:
    bell.ring()
    bell.ring()
    if isinstance(bell, FakeWatchBell):
        assert bell.rings == 2
    else:
        bell.ring()  # the stubber has no third answer and raises, which a bell keeps to itself
