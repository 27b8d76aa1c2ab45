"""Pictures of the gallery: one for each real curve, one sheet of small ones for each kind."""

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from finetune_guard.core.findings import Severity
from tests.curves.gallery_items import Item

FOLDER = Path("docs/pictures/gallery")
_LOSS, _EVALUATED, _ONSET, _STOP, _WARNING = "#1d4ed8", "#6b7280", "#b45309", "#c0392b", "#7c3aed"
_COLUMNS = 5
#: A loss that spans more than so many times itself is drawn on a logarithmic scale.
_WIDE = 8


def picture_of(item: Item) -> Path:
    """Where the picture of a real curve is."""
    return FOLDER / f"{item.id}.png"


def draw_one(item: Item) -> None:
    """Loss, evaluations, where the fault begins by the label, what was said when."""
    figure, axes = plt.subplots(figsize=(8, 2.6), layout="constrained")
    _curve(axes, item, 1.1)
    evals = item.case.run.evals
    if evals:
        values = [float(value or math.nan) for value in evals["val_loss"]]
        axes.plot(_numbers(evals["step"]), values, ".--", color=_EVALUATED, linewidth=0.8, label="validation")
    axes.set(xlabel="step", ylabel="loss")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=9)
    _save(figure, picture_of(item))


def draw_sheet(items: Sequence[Item], path: Path) -> None:
    """A small picture of each, in their order, row by row."""
    rows = math.ceil(len(items) / _COLUMNS)
    figure, panels = plt.subplots(
        rows, _COLUMNS, figsize=(10, 1.45 * rows), squeeze=False, layout="constrained"
    )
    for axes, item in zip(panels.flat, items, strict=False):
        _curve(axes, item, 0.9)
        axes.set_title(f"{item.id.removeprefix('inj-')} · {len(item.case.run)}", fontsize=7, pad=2)
        axes.tick_params(which="both", labelsize=6, length=2)
    for axes in list(panels.flat)[len(items) :]:
        axes.set_visible(False)
    _save(figure, path)


def _curve(axes: Axes, item: Item, width: float) -> None:
    run, losses = item.case.run, item.case.run.losses()
    drawn = "-" if len(run) > 60 else ".-"
    axes.plot(run.steps(), losses, drawn, color=_LOSS, linewidth=width, markersize=3, label="training")
    _mark(axes, item)
    finite = [loss for loss in losses if math.isfinite(loss)]
    if finite and min(finite) > 0 and max(finite) > _WIDE * min(finite):
        axes.set_yscale("log")
        for set_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            set_formatter(LogFormatter(minor_thresholds=(1.5, 0.5)))
    axes.spines[["top", "right"]].set_visible(False)


def _mark(axes: Axes, item: Item) -> None:
    told, onset = item.replayed, item.case.label.onset_step
    if onset is not None:
        axes.axvline(onset, color=_ONSET, linestyle="--", linewidth=1, label="fault begins")
    if told.stop_step is not None:
        axes.axvline(told.stop_step, color=_STOP, linewidth=1, label="stopped")
    warnings = [one for one in told.findings if one.severity is Severity.WARNING]
    if warnings:
        axes.axvline(
            warnings[0].detected_step or 0, color=_WARNING, linestyle=":", linewidth=1.2, label="warned"
        )


def _numbers(cells: Sequence[float | str | None]) -> list[float]:
    return [math.nan if cell is None else float(cell) for cell in cells]


def _save(figure: Figure, path: Path) -> None:
    # No version of the drawing library in the file: the same curve gives the same bytes.
    figure.savefig(path, dpi=90, metadata={"Software": None}, pil_kwargs={"optimize": True})
    plt.close(figure)
