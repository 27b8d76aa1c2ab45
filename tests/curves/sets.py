"""The sets of curves that are judged, and the settings of the dial: what each figure is of."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from types import MappingProxyType

from tests.curves.corpus import real_cases
from tests.curves.dial import AS_DELIVERED, STRICTNESSES, pack_at
from tests.curves.figures import DialPoint, Figures, figures_of, totals_of
from tests.curves.injecting import injected
from tests.curves.judged import DEFAULT, Exhibit, Shown, exhibit, judged
from tests.curves.kinds import Kind
from tests.curves.more_kinds import MORE_KINDS
from tests.curves.standard_kinds import STANDARD_KINDS

#: Published beforehand. While a rule is chosen no curve of these is looked at, only their figures;
#: the gallery shows what is judged wrongly when the rules are done.
SEEDS = (7001, 7002, 7003)
#: By the name of a set of injected curves, the kinds and the seed it is made of.
INJECTED: Mapping[str, tuple[tuple[Kind, ...], int]] = MappingProxyType(
    {f"injected, seed {seed}": (STANDARD_KINDS, seed) for seed in SEEDS}
    | {f"more kinds, seed {seed}": (MORE_KINDS, seed) for seed in SEEDS}
)
#: By the name of a set of real curves, what of them is shown.
REAL: Mapping[str, Shown] = MappingProxyType({f"real, {shown.value}": shown for shown in Shown})
_PLAIN = f"real, {Shown.ALL.value}"
_FIRST = f"injected, seed {SEEDS[0]}"
UNPLANNED = f"{_FIRST}, {Shown.STEPS_UNKNOWN.value}"


@cache
def _exhibits(name: str) -> tuple[Exhibit, ...]:
    """The curves of a set, read once: the dial judges some sets at every setting."""
    if shown := REAL.get(name):
        return tuple(exhibit(case, shown) for case in real_cases())
    return tuple(exhibit(case) for case in injected(*INJECTED[name]))


def _figures(name: str) -> Figures:
    return figures_of(judged(_exhibits(name)))


def _unplanned() -> Figures:
    return figures_of(judged(replace(one, planned=False) for one in _exhibits(_FIRST)))


def _point(strictness: float) -> DialPoint:
    pack = pack_at(DEFAULT, strictness)
    return DialPoint(*(totals_of(judged(_exhibits(name), pack)) for name in (_PLAIN, _FIRST)))


def delivered_point(sets: Mapping[str, Figures]) -> DialPoint:
    """The setting as delivered, which needs no judging anew."""
    return DialPoint(real=sets[_PLAIN].totals, injected=sets[_FIRST].totals)


#: By its name, how the figures of a set are made.
SETS: Mapping[str, Callable[[], Figures]] = MappingProxyType(
    {name: partial(_figures, name) for name in (*REAL, *INJECTED)} | {UNPLANNED: _unplanned}
)

#: By the strictness as text, how its point of the operating curve is made; not the delivered one.
DIAL: Mapping[str, Callable[[], DialPoint]] = MappingProxyType(
    {f"{one:g}": partial(_point, one) for one in STRICTNESSES if one != AS_DELIVERED}
)
