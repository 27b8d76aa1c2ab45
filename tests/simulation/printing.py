"""A failing seed as people read it, and as a test that plays it again."""

from collections.abc import Iterator, Sequence

from tests.simulation.faults import Fault
from tests.simulation.night import Broken, Night
from tests.simulation.simulation import Scale

#: So many of the last effects of the run or job are shown.
LAST = 40


def told(seed: int, scale: Scale, night: Night, faults: Sequence[Fault]) -> str:
    """What broke, what led there, and the test."""
    broken = night.broken[0]
    return "\n".join(
        (*_head(seed, broken), "", *_story(night, broken), "", *case(seed, scale, broken, faults))
    )


def _head(seed: int, broken: Broken) -> Iterator[str]:
    yield f"Seed {seed}, minute {broken.effect.minute}, effect {broken.effect.number}:"
    yield f"{broken.promise} is broken: {broken.sentence}"


def _story(night: Night, broken: Broken) -> Iterator[str]:
    """The last effects of the run that the promise is about."""
    run = next((name for name in night.runs if name in f"{broken.effect.about} {broken.sentence}"), "")
    before = [effect for effect in night.story if effect.number <= broken.effect.number]
    mine = [effect for effect in before if run in effect.line]
    yield f"The last of {len(mine)} effects of {run or 'the night'}:"
    yield from (effect.line for effect in mine[-LAST:])


def case(seed: int, scale: Scale, broken: Broken, faults: Sequence[Fault]) -> Iterator[str]:
    """A test that plays the night with these faults only."""
    yield "from tests.simulation.faults import Fault, Kind, Listed"
    yield "from tests.simulation.simulation import Scale, Simulation"
    yield ""
    yield ""
    yield f"def test_seed_{seed}() -> None:"
    yield f'    """{broken.promise}: {broken.sentence}"""'
    yield "    faults = ["
    for fault in faults:
        kind = f"Kind.{fault.kind.name}"
        yield f'        Fault({fault.minute}, "{fault.call}", {fault.nth}, {kind}, {fault.late}),'
    yield "    ]"
    yield f"    scale = Scale({scale.hours}, {scale.runs}, {scale.calm})"
    yield f"    night = Simulation({seed}, scale, Listed(faults)).play()"
    yield "    assert night.broken == []"
