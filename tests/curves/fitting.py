"""Chooses the thresholds of a stop from curves, and says how well that works on repositories left out.

`make fit`, or `python -m tests.curves.fitting`. Every setting of a grid judges the real curves and one set of
injected ones. The setting that saves most with few enough false stops is chosen on four fifths of the
repositories and judged on the fifth that it was not chosen on, five times. What is delivered stands beside.
"""

import hashlib
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from rich.console import Console
from rich.table import Table

from finetune_guard.core.thresholds import ThresholdPack, override
from tests.curves.corpus import real_cases
from tests.curves.figures import Totals, totals_of
from tests.curves.injecting import injected
from tests.curves.judged import DEFAULT, Exhibit, exhibit, judged
from tests.curves.scoring import Row
from tests.curves.standard_kinds import STANDARD_KINDS

#: Not one of the seeds whose figures are published.
SEED = 1
FOLDS = 5
#: Few false stops come first: no setting is chosen that stops more than this share of what must go on.
MOST_FALSE_STOPS = 0.004
#: The thresholds that decide most about a stop, for a spike and for a divergence alike.
GRID = {
    "ratio": (1.3, 1.4, 1.5),
    "steadiness": (-1.0, 0.0, 1.0, 1_000.0),
    "wait_share": (0.04, 0.055, 0.07),
}
DELIVERED = (DEFAULT.loss_spike.ratio, DEFAULT.loss_spike.steadiness, DEFAULT.loss_spike.wait_share)

Setting = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One setting and what it makes of every curve, real ones and injected ones."""

    setting: Setting
    real: tuple[Row, ...]
    made: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way to choose a setting reaches."""

    chosen_by: str
    setting: str
    real: Totals
    made: Totals


def pack_of(setting: Setting) -> ThresholdPack:
    """The delivered pack with one setting of the grid."""
    given = zip(GRID, setting, strict=True)
    keys = {f"{rule}.{name}": value for name, value in given for rule in ("loss_spike", "divergence")}
    pack = override(DEFAULT, keys)
    assert isinstance(pack, ThresholdPack), pack
    return pack


@cache
def _exhibits() -> tuple[tuple[Exhibit, ...], tuple[Exhibit, ...]]:
    """The real curves and the injected ones, read once in each process."""
    return tuple(map(exhibit, real_cases())), tuple(map(exhibit, injected(STANDARD_KINDS, SEED)))


def tried(setting: Setting) -> Tried:
    """Judges every curve with one setting."""
    pack = pack_of(setting)
    real, made = (tuple(judged(some, pack)) for some in _exhibits())
    return Tried(setting, real, made)


def fold_of(group: str) -> int:
    """The fold in which a repository is left out: chance, and the same each time."""
    return hashlib.sha256(group.encode()).digest()[0] % FOLDS


def best(all_tried: Sequence[Tried], without: int | None) -> Tried:
    """The setting that saves most on the injected curves with few enough false stops on both sets.

    Args:
        all_tried: Every setting; at least one has few enough false stops.
        without: Fold whose repositories count for nothing; None for all of them.
    """
    return max(all_tried, key=lambda one: _merit(one, without))


def _merit(one: Tried, without: int | None) -> float:
    kept = [[row for row in rows if fold_of(row.group) != without] for rows in (one.real, one.made)]
    totals = [totals_of(rows) for rows in kept]
    allowed = all((of.false_stops.rate or 0.0) <= MOST_FALSE_STOPS for of in totals)
    return sum(of.saved or 0.0 for of in totals) if allowed else -1.0


def outcomes(all_tried: Sequence[Tried]) -> list[Outcome]:
    """What is delivered, what is best on all, and what is chosen without the repositories it is judged on."""
    as_delivered = next(one for one in all_tried if one.setting == DELIVERED)
    on_all = best(all_tried, None)
    chosen = [best(all_tried, fold) for fold in range(FOLDS)]
    real = [row for fold, one in enumerate(chosen) for row in one.real if fold_of(row.group) == fold]
    made = [row for fold, one in enumerate(chosen) for row in one.made if fold_of(row.group) == fold]
    settings = ", ".join(dict.fromkeys(_named(one.setting) for one in chosen))
    return [
        Outcome("as delivered", _named(as_delivered.setting), *_totals(as_delivered)),
        Outcome("chosen on all of them", _named(on_all.setting), *_totals(on_all)),
        Outcome("chosen without the repositories judged", settings, totals_of(real), totals_of(made)),
    ]


def _totals(one: Tried) -> tuple[Totals, Totals]:
    return totals_of(one.real), totals_of(one.made)


def _named(setting: Setting) -> str:
    return " / ".join(f"{value:g}" for value in setting)


def _shown(found: Sequence[Outcome]) -> Table:
    heads = [f"{of}: {what}" for of in ("real", "injected") for what in ("caught", "false stops", "saved")]
    table = Table("setting", " / ".join(GRID), *heads)
    for one in found:
        cells = [
            cell
            for of in (one.real, one.made)
            for cell in (
                f"{of.caught.count}/{of.caught.of}",
                f"{of.false_stops.count}/{of.false_stops.of} ({of.false_stops.rate:.4f})",
                f"{of.saved:.3f}",
            )
        ]
        table.add_row(one.chosen_by, one.setting, *cells)
    return table


def main() -> None:
    """Tries every setting on every core; some minutes."""
    with ProcessPoolExecutor() as pool:
        all_tried = list(pool.map(tried, itertools.product(*GRID.values())))
    Console(width=180).print(_shown(outcomes(all_tried)))


if __name__ == "__main__":
    main()
