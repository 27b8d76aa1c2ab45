import json
from pathlib import Path

import pytest

from finetune_guard.core.verdict import VerdictKind
from tests.cli.session import FakeSession, typed
from tests.cli.waiting import nothing
from tests.fakes.world import World
from tests.usecases.test_monitor_job import a_job, curve, grow, put_curve


def ends_well(kind: VerdictKind) -> tuple[FakeSession, str]:
    """A job that trains, then completes with a curve of this kind."""
    world = World()
    arn = a_job(world)

    def complete() -> None:
        world.jobs.complete(arn)
        put_curve(world, arn)

    return FakeSession(world, [nothing, complete, nothing, nothing], curve(kind)), arn


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (VerdictKind.HEALTHY, 0),
        (VerdictKind.SUSPICIOUS, 0),
        (VerdictKind.INCONCLUSIVE, 0),
        (VerdictKind.DIVERGED, 3),
    ],
)
def test_the_exit_code_says_what_the_curve_is(kind: VerdictKind, code: int, tmp_path: Path) -> None:
    session, arn = ends_well(kind)
    assert typed(session, "monitor", "--job-id", arn, "--log-dir", tmp_path).exit_code == code


def test_json_gives_a_line_for_each_look_and_the_last_has_the_verdict(tmp_path: Path) -> None:
    session, arn = ends_well(VerdictKind.HEALTHY)
    result = typed(session, "monitor", "--job-id", arn, "--json", "--log-dir", tmp_path)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 4
    assert [line["final"] for line in lines] == [False, False, False, True]
    assert lines[0]["verdict"] is None
    assert lines[0]["phase"] == "training"
    assert lines[-1]["verdict"] == "healthy"
    assert lines[-1]["evidence"] == "curve at completion"


def test_people_get_a_line_for_each_change_and_none_twice(tmp_path: Path) -> None:
    session, arn = ends_well(VerdictKind.HEALTHY)
    shown = typed(session, "monitor", "--job-id", arn, "--log-dir", tmp_path).stdout
    assert shown.count("training\n") == 1
    assert "step 50" in shown
    assert "The curve is healthy." in shown


def test_the_metrics_log_is_on_disk(tmp_path: Path) -> None:
    session, arn = ends_well(VerdictKind.DIVERGED)
    shown = typed(session, "monitor", "--job-id", arn, "--log-dir", tmp_path).stdout
    (folder,) = tmp_path.iterdir()
    assert f"The metrics log is in {folder}" in shown
    assert len((folder / "metrics.jsonl").read_text().splitlines()) == 50
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert "divergence" in {event["finding"]["signal"] for event in events if event["finding"]}


def test_a_person_who_leaves_is_told_the_last_look(tmp_path: Path) -> None:
    world = World()
    result = typed(FakeSession(world), "monitor", "--job-id", a_job(world), "--json", "--log-dir", tmp_path)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[-1]["final"] is True
    assert lines[-1]["verdict"] == "inconclusive"


def test_an_armed_monitor_says_that_it_stops(tmp_path: Path) -> None:
    world = World()
    arn = a_job(world)
    put_curve(world, arn)
    steps = [grow(world, arn), lambda: world.jobs.advance(arn), *[nothing] * 3]
    session = FakeSession(world, steps, curve(VerdictKind.DIVERGED))
    result = typed(session, "monitor", "--job-id", arn, "--auto-stop", "--log-dir", tmp_path)
    assert result.exit_code == 3
    assert "Bedrock was asked to stop it" in result.stdout
    assert "Bedrock confirms: Stopped" in result.stdout


@pytest.mark.parametrize("interval", ["nan", "inf", "-1", "0", "3601", "soon"])
def test_an_interval_that_nobody_could_wait_for_is_a_mistake_in_the_command(interval: str) -> None:
    result = typed(None, "monitor", "--job-id", "any", "--interval", interval)
    assert result.exit_code == 2
    assert f"'--interval': {interval}" in result.stderr.replace(repr(interval), interval)


def test_a_job_that_does_not_exist_is_one_clear_error(tmp_path: Path) -> None:
    result = typed(FakeSession(World()), "monitor", "--job-id", "none", "--log-dir", tmp_path)
    assert result.exit_code == 1
    assert "none" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_failed_job_is_a_failure_and_its_message_is_told_safely(tmp_path: Path) -> None:
    world = World()
    arn = a_job(world)
    world.jobs.fail(arn, "boom \x1b[2J")
    world.clock.advance(hours=1)
    result = typed(FakeSession(world), "monitor", "--job-id", arn, "--log-dir", tmp_path)
    assert result.exit_code == 1
    assert "boom \\x1b[2J" in result.stdout
