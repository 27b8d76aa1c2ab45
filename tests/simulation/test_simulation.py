"""Ten nights of the whole guard. `make simulate` plays a thousand (docs/simulation.md)."""

import pytest

from tests.simulation.faults import Fault, Kind, Listed
from tests.simulation.playing import explained
from tests.simulation.simulation import Scale, Simulation

SHORT = Scale(hours=8, runs=10)


@pytest.mark.parametrize("seed", range(1, 11))
@pytest.mark.fault(3)
@pytest.mark.fault(5)
@pytest.mark.fault(15)
@pytest.mark.fault(65)
def test_the_promises_hold_in_a_night(seed: int) -> None:
    failure = explained(seed)
    assert not failure, failure


def test_the_same_seed_gives_the_same_night_and_another_gives_another() -> None:
    first, again, other = (Simulation(seed, SHORT).play().digest for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_night_is_played_again_from_its_list_of_faults() -> None:
    drawn = Simulation(3, SHORT)
    digest = drawn.play().digest
    assert Simulation(3, SHORT, Listed(drawn.storm.met)).play().digest == digest


def test_a_night_has_what_it_is_said_to_have() -> None:
    simulation = Simulation(4)
    night = simulation.play()
    assert len(night.created) >= 50
    assert 0.04 < len(simulation.storm.met) / night.effects < 0.06
    assert {fault.kind for fault in simulation.storm.met} == set(Kind)
    assert night.calls["jobs.stop"]
    assert night.calls["jobs.delete_model"]
    assert max(abs(off.total_seconds()) for off in simulation.offs.values()) > 300


def test_a_call_that_hangs_lets_others_run_meanwhile() -> None:
    hangs = Fault(60, "store.open_jobs", 0, Kind.REPLY_LATE, 5)
    night = Simulation(1, SHORT, Listed([hangs])).play()
    hung = next(effect.process for effect in night.story if effect.process and effect.process.faults)
    mine = [effect.number for effect in night.story if effect.process is hung]
    between = [e for e in night.story if mine[0] < e.number < mine[-1] and e.process is not hung]
    assert {effect.process.role for effect in between if effect.process} >= {"watch"}
