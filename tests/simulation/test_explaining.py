"""What is said of a failing seed: the few faults that matter, and a test that plays them."""

from collections.abc import Callable, Sequence

import pytest

from tests.simulation.breaking import stop_everything
from tests.simulation.faults import Fault, Kind
from tests.simulation.playing import explained
from tests.simulation.shrinking import shrunk
from tests.simulation.simulation import Scale
from tests.simulation.test_promises_break import only

FAULTS = tuple(Fault(minute, "jobs.create", 0, Kind.THROTTLED) for minute in range(100))


@pytest.mark.parametrize("needed", [(), (7,), (3, 96)])
def test_only_the_faults_that_matter_are_left(needed: tuple[int, ...]) -> None:
    def breaks(faults: Sequence[Fault]) -> bool:
        return {fault.minute for fault in faults} >= set(needed)

    assert tuple(fault.minute for fault in shrunk(FAULTS, breaks)) == needed


def test_no_more_nights_are_played_than_were_granted() -> None:
    played: list[int] = []

    def breaks(faults: Sequence[Fault]) -> bool:
        played.append(len(faults))
        return False

    assert shrunk(FAULTS, breaks, nights=9) == FAULTS
    assert len(played) == 9


def test_a_failing_seed_is_told_with_its_story_and_a_test_that_fails_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stop_everything(monkeypatch)
    said = explained(2, Scale(5, 6, 3), only("a_stop_is_called_after_its_order_is_written"), nights=4)
    assert "a_stop_is_called_after_its_order_is_written is broken" in said
    assert "jobs.stop" in said
    source = said[said.index("from tests.simulation.faults") :]
    names: dict[str, Callable[[], None]] = {}
    exec(compile(source, "printed", "exec"), names)
    with pytest.raises(AssertionError):
        names["test_seed_2"]()
