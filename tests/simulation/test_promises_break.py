"""Every promise is seen to fail: the guard is broken in one place, and the night notices."""

import pytest

from tests.simulation.breaking import BREAKS, WEATHERS
from tests.simulation.night import Promises
from tests.simulation.promises import all_promises
from tests.simulation.simulation import Scale, Simulation

#: Small, but large enough for each of the breaks.
SMALL = Scale(hours=10, runs=16, calm=12)
#: For what is seen at the end only: a guard that does not come to its end makes a long one.
TINY = Scale(hours=5, runs=6, calm=3)
#: Many runs within one hour.
DENSE = Scale(hours=5, runs=24, calm=3)
SCALES = {"the_breaker_bounds_the_orders_of_an_hour": DENSE, "there_is_one_job_for_each_key": DENSE}
AT_THE_END = {promise.__name__ for promise in all_promises()["end"]}
SEEDS = range(1, 5)


def only(name: str) -> Promises:
    """One promise, at all that it is checked at."""
    return {
        moment: tuple(promise for promise in promises if promise.__name__ == name)
        for moment, promises in all_promises().items()
    }


NAMES = sorted({promise.__name__ for promises in all_promises().values() for promise in promises})


def test_there_is_a_break_for_every_promise() -> None:
    assert sorted(BREAKS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_guard_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BREAKS[name](monkeypatch)
    scale = SCALES.get(name, TINY if name in AT_THE_END else SMALL)
    nights = (Simulation(seed, scale, WEATHERS.get(name), only(name)).play() for seed in SEEDS)
    assert any(night.broken for night in nights)
