"""The contract of Clock, on the fake and on the machine's own."""

from datetime import timedelta

import pytest

from finetune_guard.clock import SystemClock
from finetune_guard.ports import Clock
from tests.fakes.clock import FakeClock


@pytest.mark.fault(16)
@pytest.mark.parametrize("clock", [FakeClock(), SystemClock()], ids=["fake", "system"])
def test_it_tells_an_aware_utc_time_that_never_falls(clock: Clock) -> None:
    first, second = clock.now(), clock.now()
    assert first.utcoffset() == timedelta(0)
    assert second >= first


def test_the_fake_moves_only_as_told() -> None:
    clock = FakeClock()
    start = clock.now()
    assert clock.advance(hours=1, minutes=2, seconds=3) - start == timedelta(hours=1, minutes=2, seconds=3)
    with pytest.raises(ValueError, match="go back"):
        clock.advance(minutes=-1)
    clock.set(start)
    assert clock.now() == start
