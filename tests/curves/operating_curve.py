"""Draws docs/pictures/operating-curve.svg: what each strictness catches, saves and stops wrongly."""

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from tests.curves.dial import AS_DELIVERED
from tests.curves.figures import Published, Share, Totals

PICTURE = Path("docs/pictures/operating-curve.svg")
_CAUGHT, _SAVED, _FALSE, _DEFAULT = "#1d4ed8", "#15803d", "#c0392b", "#b45309"


def draw(published: Published) -> None:
    """The real curves on the left, the injected ones on the right; what is won above, what it costs below."""
    mpl.rcParams.update({"svg.hashsalt": "finetune-guard", "font.size": 10})
    figure, panels = plt.subplots(
        2, 2, figsize=(10, 5), sharex=True, sharey="row", height_ratios=(3, 2), layout="constrained"
    )
    points = {float(strictness): point for strictness, point in published.dial.items()}
    _column(panels[:, 0], "real curves", {strictness: point.real for strictness, point in points.items()})
    _column(panels[:, 1], "injected curves", {strictness: one.injected for strictness, one in points.items()})
    panels[0, 0].set_ylabel("share")
    panels[1, 0].set_ylabel("false stops, %")
    panels[0, 1].legend(loc="lower left", frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})
    plt.close(figure)


def _column(panels: list[Axes], title: str, points: dict[float, Totals]) -> None:
    won, cost = panels
    _line(won, points, [_rate(one.caught) for one in points.values()], _CAUGHT, "failures caught")
    _line(won, points, [one.saved or 0 for one in points.values()], _SAVED, "of the run saved")
    _line(cost, points, [100 * _rate(one.false_stops) for one in points.values()], _FALSE, "false stops")
    won.set_title(title, loc="left", fontsize=11)
    won.set_ylim(0.5, 1.02)
    cost.set_xscale("log")
    cost.set_xticks(list(points), [f"{strictness:g}" for strictness in points])
    cost.minorticks_off()
    cost.set_xlabel("strictness")
    for axes in panels:
        axes.axvline(AS_DELIVERED, color=_DEFAULT, linestyle="--", linewidth=1, label="as delivered")
        axes.spines[["top", "right"]].set_visible(False)


def _line(axes: Axes, points: dict[float, Totals], heights: list[float], colour: str, label: str) -> None:
    axes.plot(list(points), heights, color=colour, marker="o", markersize=4, linewidth=1.2, label=label)


def _rate(share: Share) -> float:
    return share.rate or 0.0
