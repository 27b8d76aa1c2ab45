"""The contract of Identity, on the fake and on STS by moto."""

import pytest

from finetune_guard.aws.sts_identity import StsIdentity
from finetune_guard.ports import Identity
from tests.fakes.health import FakeIdentity


@pytest.fixture(params=["fake", "sts"])
def identity(request: pytest.FixtureRequest) -> Identity:
    if request.param == "fake":
        return FakeIdentity()
    return StsIdentity(request.getfixturevalue("clients").sts)


def test_the_caller_has_an_account_and_an_arn_of_it(identity: Identity) -> None:
    caller = identity.caller()
    assert len(caller.account) == 12
    assert caller.arn.split(":")[4] == caller.account
