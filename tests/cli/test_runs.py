import json
from dataclasses import replace

from finetune_guard.core.decisions import RunStatus
from tests import builders, example_runs
from tests.cli.session import FakeSession, typed
from tests.fakes.store import Row
from tests.fakes.world import World


def two_runs() -> FakeSession:
    world = World()
    world.store.add_run(builders.run())
    done = builders.run(run_id="done-0123456789", status=RunStatus.COMPLETED, report_uri=builders.REPORT)
    world.store.add_run(replace(done, ended_at=builders.later(hours=3)))
    return FakeSession(world)


def test_open_runs_come_first_and_ids_are_whole() -> None:
    shown = typed(two_runs(), "runs").stdout
    assert shown.index("support-bot-0123456789") < shown.index("done-0123456789")
    assert "3h00m" in shown


def test_json_gives_one_object_for_each_run() -> None:
    lines = [json.loads(line) for line in typed(two_runs(), "runs", "--json").stdout.splitlines()]
    assert [(line["run_id"], line["status"]) for line in lines] == [
        ("support-bot-0123456789", "running"),
        ("done-0123456789", "completed"),
    ]


def test_ended_runs_can_be_left_out() -> None:
    assert "done" not in typed(two_runs(), "runs", "--ended", "0").stdout


def test_without_runs_it_is_said_how_to_start_one() -> None:
    assert "finetune-guard run" in typed(FakeSession(World()), "runs").stdout


def test_a_run_id_from_the_table_cannot_style_the_terminal() -> None:
    world = World()
    world.store.add_run(replace(builders.run(), run_id="\x1b[31mred"))
    assert "\x1b" not in typed(FakeSession(world), "runs").stdout


def test_json_is_utf_8_whatever_the_terminal_speaks() -> None:
    world = World()
    world.store.add_run(replace(builders.run(), job_name="naïve 模型"))
    line = typed(FakeSession(world), "runs", "--json").stdout_bytes.splitlines()[0]
    assert json.loads(line.decode("utf-8"))["job_name"] == "naïve 模型"


def test_a_run_that_asks_says_until_when_and_machines_are_told_what() -> None:
    world, run = World(), example_runs.asking()
    world.store.add_run(replace(run, jobs=()))
    shown = " ".join(typed(FakeSession(world), "runs").stdout.split())
    assert "waits for your answer" in shown
    line = json.loads(typed(FakeSession(world), "runs", "--json").stdout)
    assert line["asks"].startswith("Only 6 rows.")
    assert line["answer_until"] == "2026-11-25T13:00:00+00:00"


def test_a_run_that_cannot_be_read_is_named_on_stderr_and_the_others_are_listed() -> None:
    session = two_runs()
    rows = session.world.store.rows
    rows["RUN", "bad-0123456789"] = Row('{"secret', 1, ("", ""))
    shown = typed(session, "runs")
    assert shown.exit_code == 0
    assert "bad-0123456789" in shown.stderr
    assert "secret" not in shown.output
    assert "done-0123456789" in shown.stdout
