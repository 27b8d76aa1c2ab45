"""The tables that are printed and published, made from the figures alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.curves.dial import AS_DELIVERED
from tests.curves.figures import Figures, KindFigures, Published, Share, Totals
from tests.curves.goals import GOALS, Goal
from tests.curves.kinds import Kind, Sort
from tests.curves.more_kinds import MORE_KINDS
from tests.curves.peers import PEERS, Peer
from tests.curves.sets import INJECTED, REAL, SEEDS, UNPLANNED
from tests.curves.standard_kinds import STANDARD_KINDS

Cells = tuple[str, ...]
_KINDS = {kind.name: kind for kind in STANDARD_KINDS + MORE_KINDS}
_MORE = tuple(name for name in INJECTED if name.startswith("more"))
_STANDARD = tuple(name for name in INJECTED if name not in _MORE)


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        title: A few words.
        note: What to know before reading it; may be empty.
        header: Of each column.
        rows: Cells as text.
    """

    title: str
    note: str
    header: Cells
    rows: tuple[Cells, ...]


def tables(published: Published) -> Iterator[Table]:
    """Every table, in the order in which they are read."""
    yield _goals(published)
    yield _sets("Real curves", "", published, tuple(REAL), ("overfit", "stagnation"))
    yield _sets("Injected curves", "", published, (*_STANDARD, UNPLANNED), ("mild",))
    yield _lengths(published)
    yield _kinds("Each kind", _STANDARD, published)
    yield _sets("More kinds", _MORE_NOTE, published, _MORE, ("oscillation",))
    yield _kinds("Each of the more kinds", _MORE, published)
    yield _peers()


_MORE_NOTE = (
    "Traps and failures after what public logs show (`tests/curves/KINDS.md`). Seeds 1 to 3 of them were in "
    "view when the last rules of a stop were chosen. No goal was set for them."
)


def dial_table(published: Published) -> Table:
    """What each setting of the strictness reaches."""
    return Table(
        "Operating curve",
        "",
        ("strictness", "real: caught", "false stops", "saved", "injected: caught", "false stops", "saved"),
        tuple(
            (
                f"**{strictness}** (default)" if float(strictness) == AS_DELIVERED else strictness,
                *_stops(point.real),
                *_stops(point.injected),
            )
            for strictness, point in published.dial.items()
        ),
    )


def _goals(published: Published) -> Table:
    return Table(
        "Goals",
        "Real: with all that a source shows. Injected: means over the seeds.",
        ("figure", "goal", "reached", ""),
        tuple(_goal(goal, published) for goal in GOALS),
    )


def _goal(goal: Goal, published: Published) -> Cells:
    sign = "at least" if goal.at_least else "at most"
    verdict = "met" if goal.met(published) else f"missed: {goal.open}"
    return goal.name, f"{sign} {number(goal.bound)}", number(goal.figure(published)), verdict


def _sets(title: str, note: str, published: Published, names: Cells, warned: Cells) -> Table:
    header = ("curves", "caught", "false stops", "saved", "delay: median", "90th percentile")
    return Table(
        title,
        note,
        (*header, *(f"{kind} warned" for kind in warned), "false warnings"),
        tuple((name, *_set(published.sets[name].totals, warned)) for name in names),
    )


def _set(totals: Totals, warned: Cells) -> Cells:
    return (
        *_stops(totals),
        number(totals.delay_median),
        number(totals.delay_p90),
        *(share(totals.warned[kind]) for kind in warned),
        share(totals.false_warnings),
    )


def _stops(totals: Totals) -> Cells:
    return share(totals.caught), share(totals.false_stops), number(totals.saved)


def _lengths(published: Published) -> Table:
    lengths = list(published.sets[_STANDARD[0]].by_length)
    return Table(
        "Fast, slow and freeze caught, by the rows of the run",
        "",
        ("curves", *(f"{rows} rows" for rows in lengths)),
        tuple(
            (name, *(share(published.sets[name].by_length[rows]) for rows in lengths))
            for name in (*_STANDARD, UNPLANNED)
        ),
    )


def _kinds(title: str, names: Cells, published: Published) -> Table:
    of_seeds = [published.sets[name] for name in names]
    return Table(
        title,
        f"Seeds {', '.join(map(str, SEEDS))} together; saved and delay are means over them.",
        (
            "kind",
            "what is done",
            "must be",
            "curves",
            "stopped",
            "warned",
            "caught",
            "saved",
            "delay: median",
        ),
        tuple(_kind(kind, of_seeds) for kind in _in_order(of_seeds[0])),
    )


def _in_order(figures: Figures) -> Iterator[Kind]:
    yield from (kind for name, kind in _KINDS.items() if name in figures.by_kind)


_MUST: dict[Sort, str] = {"harmless": "left alone", "failure": "stopped", "warning": "warned of"}


def _kind(kind: Kind, of_seeds: list[Figures]) -> Cells:
    seeds = [figures.by_kind[kind.name] for figures in of_seeds]
    curves = sum(seed.curves for seed in seeds)
    warned = sum(seed.named if kind.sort == "warning" else seed.warned for seed in seeds)
    return (
        kind.name,
        kind.says,
        _MUST[kind.sort],
        str(curves),
        str(sum(seed.stopped for seed in seeds)),
        str(warned),
        _caught(seeds, curves) if kind.sort == "failure" else "",
        _mean(seed.saved for seed in seeds),
        _mean(seed.delay for seed in seeds),
    )


def _caught(seeds: list[KindFigures], curves: int) -> str:
    caught = sum(seed.caught for seed in seeds)
    return f"{caught} ({number(caught / curves)})"


def _peers() -> Table:
    return Table(
        "Published rules on the same real curves",
        "Measured once, when the set was made (`tests/curves/peers.py`). Their injected curves are of "
        "an earlier injector with larger blips and smaller steps, which is easier on false stops.",
        ("rule", "real: caught", "false stops", "saved", "injected: caught", "false stops", "saved"),
        tuple(_peer(peer) for peer in PEERS),
    )


def _peer(peer: Peer) -> Cells:
    caught, false_stops, saved = peer.real
    injected = tuple(number(figure) for figure in peer.injected) if peer.injected else ("", "", "")
    return peer.rule, f"{caught}/20", f"{false_stops}/187", number(saved), *injected


def share(of: Share) -> str:
    """A count of a total with its weighted rate."""
    return f"{of.count}/{of.of} ({number(of.rate)})"


def number(figure: float | None) -> str:
    """Three decimals without the zero before the point; a whole number as it is; nothing for None."""
    if figure is None:
        return ""
    if isinstance(figure, int):
        return str(figure)
    text = f"{figure:.3f}"
    return text[1:] if text.startswith("0.") else text


def _mean(figures: Iterable[float | None]) -> str:
    known = [figure for figure in figures if figure is not None]
    return number(sum(known) / len(known)) if known else ""
