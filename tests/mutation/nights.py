"""Three short nights of the whole guard, for the listed faults alone: what breaks one is not looked for."""

import pytest

from tests.simulation.simulation import Scale, Simulation

SMALL = Scale(hours=10, runs=16, calm=24)


@pytest.mark.parametrize("seed", range(1, 4))
def test_the_promises_hold_in_a_night(seed: int) -> None:
    broken = Simulation(seed, SMALL).play().broken
    assert not broken, broken[0].promise
