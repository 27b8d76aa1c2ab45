"""Draws the README's pictures: `python -m docs.pictures.draw` (needs Graphviz's `dot`), then look at them.

The curve is what the demo's story goes-bad-late left in its journal; the findings are what `replay` says.
"""

import json
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import aws_cdk as cdk
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from finetune_guard.core.metrics.runs import read_curve
from finetune_guard.core.replaying import Replayed, replay
from finetune_guard.core.thresholds import pack_for
from infra.layer_build import LayerPackage, LayerPackages
from infra.machine_picture import dot_of
from infra.settings import committed_context, read_options
from infra.stack import GuardStack
from tests.infra.deployed import Deployed

HERE = Path(__file__).parent
PLANNED_STEPS = 500


def draw_curve() -> None:
    """curve.svg: the loss, where the fault began, where a watcher was sure, where the job was stopped."""
    curve = read_curve("goes-bad-late.csv", (HERE / "goes-bad-late.csv").read_bytes())
    told = replay(replace(curve, planned_steps=PLANNED_STEPS), pack_for("meta-llama"), "goes-bad-late")
    mpl.rcParams.update({"svg.hashsalt": "finetune-guard", "font.size": 11})
    figure, axes = plt.subplots(figsize=(9, 3.6))
    axes.plot(curve.training.step, curve.training.loss, color="#1d4ed8", linewidth=1.1, label="training loss")
    _mark(axes, told, int(curve.training.step[-1]))
    axes.set(xlabel="step", ylabel="loss", xlim=(0, PLANNED_STEPS), ylim=(0, None))
    axes.set_title("goes-bad-late: 60 % good records, then noise", loc="left", fontsize=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False)
    figure.tight_layout()
    figure.savefig(HERE / "curve.svg", metadata={"Date": None})


def _mark(axes: Axes, told: Replayed, last: int) -> None:
    stopping = next(finding for finding in told.findings if finding.may_stop)
    lines = (
        (
            stopping.first_step,
            "#b45309",
            f"{stopping.signal.replace('_', ' ')} begins, step {stopping.first_step}",
        ),
        (told.stop_step, "#c0392b", f"a watcher is sure, step {told.stop_step}"),
        (last, "#111827", f"stopped in mid-run, step {last}"),
    )
    for step, colour, label in lines:
        axes.axvline(step or 0, color=colour, linestyle="--", linewidth=1.2, label=label)
    axes.axvspan(last, PLANNED_STEPS, color="#e5e7eb", alpha=0.6, label="never paid for")


def draw_machine() -> None:
    """machine.dot and machine.svg: RehearseThenRun as it is deployed."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        empty = place / "empty.zip"
        empty.write_bytes(b"PK\x05\x06" + b"\0" * 18)
        packages = LayerPackages(*(LayerPackage(n, n, place, empty) for n in ("guard", "numeric", "runtime")))
        app = cdk.App(context=committed_context(), outdir=folder, builtin_cloud_formation_validation=False)
        stack = GuardStack(app, read_options(app.node.get_all_context()), packages)
        app.synth()
        template = json.loads((place / f"{stack.stack_name}.template.json").read_text("utf-8"))
        dot = dot_of(Deployed(stack, template, place).definition("RehearseThenRun"))
    (HERE / "machine.dot").write_text(dot, "utf-8")
    subprocess.run(["dot", "-Tsvg", HERE / "machine.dot", "-o", HERE / "machine.svg"], check=True)


if __name__ == "__main__":
    draw_curve()
    draw_machine()
