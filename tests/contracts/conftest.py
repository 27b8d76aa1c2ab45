"""What every contract suite runs on: each test has an account, table and bucket of its own."""

from collections.abc import Iterator

import pytest

from finetune_guard.aws.clients import Clients
from finetune_guard.ports import RunStore
from tests.contracts import moto_world, run_stores
from tests.contracts.run_stores import Stores


@pytest.fixture
def clients() -> Iterator[Clients]:
    with moto_world.aws() as made:
        yield made


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "fake":
        return run_stores.fake()
    return run_stores.dynamodb(request.getfixturevalue("clients"))


@pytest.fixture
def store(stores: Stores) -> RunStore:
    return stores.store
