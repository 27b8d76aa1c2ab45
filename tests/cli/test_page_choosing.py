"""The page's own choice of curves (cli/page/choosing.js), run as it is shipped, by Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "layers/guard/python/finetune_guard/cli/page"
RUNNER = """
const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
require("vm").runInThisContext(given.script);
const ids = (wanted) => chosen(given.curves, { ...given.all, ...wanted }).map((curve) => curve.id);
const counts = [...counted(given.curves, (curve) => curve.findings.map((finding) => finding.signal))];
console.log(JSON.stringify({ ids: given.wanted.map(ids), counts }));
"""
ALL = {
    "text": "",
    "verdict": "",
    "signal": "",
    "sort": "id",
    "stopped": False,
    "disagreeing": False,
    "changed": False,
}


def curve(id: str, rows: int, verdict: str = "healthy", **given: object) -> dict[str, object]:
    silent: dict[str, object] = dict.fromkeys(("stop_step", "disagreement", "change", "delay"))
    return {"id": id, "rows": rows, "verdict": verdict, "findings": [], **silent, **given}


def found(*signals: str) -> list[dict[str, str]]:
    return [{"signal": signal} for signal in signals]


CURVES = [
    curve("b-run", 50),
    curve("A-run", 900, "diverged", stop_step=40, findings=found("loss_spike"), delay={"share": 0.1}),
    curve("c-run", 50, "suspicious", findings=found("overfitting"), delay={"share": 0.4}, disagreement="No."),
    curve(
        "d-other",
        70,
        "diverged",
        stop_step=0,
        findings=found("divergence", "loss_spike", "loss_spike"),
        delay={"share": -0.1},
        change="later",
    ),
]


def run_by_node(wanted: list[dict[str, object]]) -> dict[str, list[list[object]]]:
    node = shutil.which("node")
    assert node, "Node runs the page's script; make setup needs it too"
    given = {"script": (SCRIPTS / "choosing.js").read_text(), "curves": CURVES, "all": ALL, "wanted": wanted}
    printed = subprocess.check_output([node, "-e", RUNNER], input=json.dumps(given), text=True)
    answer: dict[str, list[list[object]]] = json.loads(printed)
    return answer


def test_filters_and_orders_choose_what_their_names_say() -> None:
    expected: list[tuple[dict[str, object], list[object]]] = [
        ({}, ["A-run", "b-run", "c-run", "d-other"]),
        ({"stopped": True}, ["A-run", "d-other"]),
        ({"disagreeing": True}, ["c-run"]),
        ({"changed": True}, ["d-other"]),
        ({"verdict": "diverged"}, ["A-run", "d-other"]),
        ({"signal": "loss_spike"}, ["A-run", "d-other"]),
        ({"signal": "loss_spike", "changed": True}, ["d-other"]),
        ({"text": " RUN "}, ["A-run", "b-run", "c-run"]),
        ({"text": "nowhere"}, []),
        ({"sort": "delay"}, ["c-run", "A-run", "d-other", "b-run"]),
        ({"sort": "rows"}, ["A-run", "d-other", "b-run", "c-run"]),
    ]

    assert run_by_node([wanted for wanted, _ in expected])["ids"] == [ids for _, ids in expected]


def test_a_signal_is_counted_once_for_each_curve() -> None:
    assert run_by_node([])["counts"] == [["loss_spike", 2], ["overfitting", 1], ["divergence", 1]]


@pytest.mark.parametrize("name", ["choosing.js", "chart.js", "page.js"])
def test_a_script_of_the_page_is_well_formed(name: str) -> None:
    node = shutil.which("node")
    assert node
    subprocess.run([node, "--check", SCRIPTS / name], check=True)
