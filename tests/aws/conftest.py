from collections.abc import Iterator

import pytest

from finetune_guard.aws.clients import Clients
from tests.contracts import moto_world


@pytest.fixture
def clients() -> Iterator[Clients]:
    with moto_world.aws() as made:
        yield made
