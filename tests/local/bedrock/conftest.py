import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.local.bedrock.harness import FOR_EVER, Running, running


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Matrix products in one thread, as in a worker: two took thirty times as long on a busy machine.

    numpy is loaded long before these tests, so the variable that workers are given would come too late.
    """
    for library in (Path(np.__file__).parents[1] / "numpy.libs").glob("libscipy_openblas64*"):
        ctypes.CDLL(str(library)).scipy_openblas_set_num_threads64_(1)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stand-in whose jobs never leave the queue: for everything that is not about their life."""
    with running(
        tmp_path_factory.mktemp("waiting"), queue_seconds=FOR_EVER, scheduled_jobs_limit=1000
    ) as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(tmp_path: Path) -> Iterator[Running]:
    """A stand-in of its own, that loses no time."""
    with running(tmp_path) as stand_in:
        yield stand_in
