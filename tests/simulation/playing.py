"""Plays seeds, and says of a failing one which faults matter."""

from collections.abc import Sequence

from tests.simulation.faults import Fault, Listed
from tests.simulation.figures import Figures
from tests.simulation.night import Promises
from tests.simulation.printing import told
from tests.simulation.shrinking import MOST_NIGHTS, shrunk
from tests.simulation.simulation import NIGHT, Scale, Simulation


def played(seed: int, scale: Scale = NIGHT) -> Figures:
    """The figures of a night."""
    simulation = Simulation(seed, scale)
    simulation.play()
    return Figures.of(simulation)


def explained(
    seed: int, scale: Scale = NIGHT, promises: Promises | None = None, nights: int = MOST_NIGHTS
) -> str:
    """What broke in a night and with which few faults; "" where nothing did."""
    simulation = Simulation(seed, scale, promises=promises)
    night = simulation.play()
    if not night.broken:
        return ""
    wanted = night.broken[0].promise

    def breaks(faults: Sequence[Fault]) -> bool:
        again = Simulation(seed, scale, Listed(faults), promises).play()
        return any(broken.promise == wanted for broken in again.broken)

    faults = shrunk(simulation.storm.met, breaks, nights)
    return told(seed, scale, Simulation(seed, scale, Listed(faults), promises).play(), faults)
