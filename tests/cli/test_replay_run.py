import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finetune_guard.core.findings import Signal
from finetune_guard.core.runs import Run
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.judge_curve import judge
from tests.builders import finding, plan, run
from tests.cli.pages import read
from tests.cli.session import FakeSession, typed
from tests.fakes.world import World
from tests.usecases.machine import Machine, begun, csv, job, put
from tests.usecases.test_replay_run import FALLING, FULL, SPIKED, changed, ends, looks, watched


def watched_to_its_end(of: Run, *losses: float) -> tuple[FakeSession, Machine]:
    world = World()
    machine = watched(world, of, csv(*losses))
    ends(world, machine)
    return FakeSession(world, judge=judge), machine


def lines(session: FakeSession, run_id: str, *more: str | Path) -> list[dict[str, Any]]:
    result = typed(session, "replay", "--run", run_id, "--json", *more)
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(("losses", "code"), [(FALLING, 0), (SPIKED, 3)])
def test_the_same_judgement_ends_with_0_or_3_as_the_curve_is(losses: list[float], code: int) -> None:
    session, machine = watched_to_its_end(FULL, *losses)
    assert typed(session, "replay", "--run", machine.run_id).exit_code == code


def test_a_judgement_that_differs_ends_with_1_whatever_the_curve_is() -> None:
    session, machine = watched_to_its_end(FULL, *SPIKED)
    changed(session.world, machine, verdict=VerdictKind.HEALTHY)
    assert typed(session, "replay", "--run", machine.run_id).exit_code == 1
    [line] = lines(session, machine.run_id)
    assert (line["same"], line["differs"], line["verdict"]) == (False, ["verdict"], "diverged")
    assert line["recorded"]["verdict"] == "healthy"


def test_a_machine_gets_a_line_of_replay_and_what_was_recorded_beside() -> None:
    session, machine = watched_to_its_end(FULL, *SPIKED)
    [line] = lines(session, machine.run_id)
    assert (line["id"], line["verdict"], line["evidence"]) == ("full-0-0", "diverged", "curve at completion")
    assert line["schema_version"] == 1
    assert 30 < line["stop_step"] < 40
    assert line["findings"][0]["detector_version"] == "1"
    recorded = job(session.world, machine)
    assert line["recorded"] == {
        "verdict": "diverged",
        "evidence": "curve at completion",
        "reason": recorded.verdict_reason,
        "too_hot": False,
        "rows": 60,
        "findings": line["recorded"]["findings"],
    }
    assert len(line["recorded"]["findings"]) == recorded.findings_total
    assert (line["same"], line["differs"], line["notes"]) == (True, [], [])


def test_people_get_a_row_for_each_job_and_what_was_seen() -> None:
    session, machine = watched_to_its_end(run(), *FALLING)
    while machine.step():
        pass
    shown = typed(session, "replay", "--run", machine.run_id).stdout
    rows = [line.split() for line in shown.splitlines()]
    assert ["rehearsal-0-0", "healthy", "healthy", "60", "same"] in rows
    assert ["full-0-0", "–", "–", "0", "nothing", "to", "judge"] in rows
    assert "full-0-0: Nothing to judge: the watch saw no training metrics." in shown
    assert "rehearsal-0-0: Nothing wrong is seen in 60 rows." in shown


def test_a_file_that_is_gone_is_named_and_the_other_jobs_are_judged() -> None:
    session, machine = watched_to_its_end(run(), *FALLING)
    while machine.step():
        pass
    full = next(job for job in session.world.store.run(machine.run_id).jobs if not job.rehearsal)
    put(session.world, full, csv(*SPIKED))
    looks(session.world)
    [kept] = [key for key in session.world.journal.objects if key.startswith(f"journal/{full.key.job_name}/")]
    del session.world.journal.objects[kept]
    first, second = lines(session, machine.run_id)
    assert (first["id"], first["same"], first["notes"]) == ("rehearsal-0-0", True, [])
    assert (second["verdict"], second["evidence"], second["same"]) == ("inconclusive", "nothing yet", None)
    assert second["notes"] == [f"Not judged again, its files are not there any more: {kept}."]
    result = typed(session, "replay", "--run", machine.run_id)
    assert (result.exit_code, kept in result.stdout) == (0, True)


def test_a_run_without_any_curve_ends_with_1_and_says_why() -> None:
    world = World()
    machine = begun(world, FULL)
    result = typed(FakeSession(world, judge=judge), "replay", "--run", machine.run_id)
    assert result.exit_code == 1
    assert f"There is no curve of the run {machine.run_id} to judge again." in result.stdout


def test_training_metrics_that_were_gone_at_the_last_look_are_told() -> None:
    session, machine = watched_to_its_end(FULL, *FALLING)
    changed(session.world, machine, sightings=())
    assert "were gone" in lines(session, machine.run_id)[0]["notes"][0]


def test_other_versions_of_the_rules_are_told() -> None:
    session, machine = watched_to_its_end(FULL, *SPIKED)
    recorded = job(session.world, machine).findings
    changed(session.world, machine, findings=tuple(replace(one, detector_version="0") for one in recorded))
    [line] = lines(session, machine.run_id)
    assert line["differs"] == ["findings"]
    assert "Recorded by other versions of the rules: " in line["notes"][0]
    assert "loss_spike 0, now 1" in line["notes"][0]


def test_a_record_that_does_not_say_by_which_rules_it_was_judged_is_told() -> None:
    session, machine = watched_to_its_end(FULL, *SPIKED)
    changed(session.world, machine, findings=())
    assert lines(session, machine.run_id)[0]["notes"][0].startswith("The record has no finding, so")


def test_a_signal_with_two_rules_now_is_told_with_both() -> None:
    session, machine = watched_to_its_end(FULL, *FALLING)
    changed(session.world, machine, findings=(finding(Signal.DIVERGENCE, detector_version="0"),))
    assert "divergence 0, now 1 or rehearsal-2." in lines(session, machine.run_id)[0]["notes"][0]


def test_changed_thresholds_are_compared_with_those_of_the_run() -> None:
    own = {"loss_spike.ratio": 50.0, "divergence.ratio": 50.0, "divergence.climb_ratio": 50.0}
    session, machine = watched_to_its_end(run(plan=plan(rehearsal=None, thresholds=own)), *SPIKED)
    [line] = lines(session, machine.run_id, "--set", "loss_spike.ratio=2")
    assert (line["verdict"], line["same"], line["differs"]) == ("diverged", True, [])
    assert line["default"] == {"verdict": line["recorded"]["verdict"], "stop_step": None}
    assert line["recorded"]["verdict"] != "diverged"
    result = typed(session, "replay", "--run", machine.run_id, "--set", "loss_spike.ratio=2")
    assert result.exit_code == 3
    assert "1 of 1 curve is judged differently: 1 stop more." in result.stdout


def test_the_curves_of_a_run_are_drawn(tmp_path: Path) -> None:
    session, machine = watched_to_its_end(FULL, *SPIKED)
    place = tmp_path / "page.html"
    result = typed(session, "replay", "--run", machine.run_id, "--html", place)
    assert result.stderr == f"Drawn: {place}\n"
    page = read(place.read_text()).data
    assert [curve["id"] for curve in page["curves"]] == ["full-0-0"]
    assert f"The jobs of the run {machine.run_id}." in page["about"]


def test_the_stack_that_was_named_is_asked() -> None:
    session, machine = watched_to_its_end(FULL, *FALLING)
    typed(session, "replay", "--run", machine.run_id, "--stack", "Mine", "--region", "eu-west-1")
    assert (session.targets[-1].stack, session.targets[-1].region) == ("Mine", "eu-west-1")


def test_a_run_that_is_not_there_is_an_error() -> None:
    result = typed(FakeSession(World(), judge=judge), "replay", "--run", "no-such-run")
    assert (result.exit_code, "no-such-run" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("tests/data/bedrock", "--run", "some-run"),
        (),
        ("--run", "some-run", "--family", "amazon-nova"),
        ("--run", "some-run", "--unplanned"),
        ("--run", "some-run", "--set", "loss_spike.rato=2"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error_before_anything_is_asked(words: tuple[str, ...]) -> None:
    world = World()
    assert typed(FakeSession(world, judge=judge), "replay", *words).exit_code == 2
    assert world.seam.calls == []
