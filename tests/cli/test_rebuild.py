import json

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.journal_keys import run_key
from tests.cli.session import FakeSession, typed
from tests.fakes.store import Row
from tests.fakes.world import World
from tests.usecases.long_run import leveled_judge
from tests.usecases.test_rebuild import ONE_JOB, TWO_JOBS, begun, lose_the_table

RUN_ID = TWO_JOBS.run.run_id


def lost(rounds: int = 0) -> FakeSession:
    """A session over a table that has lost a run."""
    play = begun(TWO_JOBS)
    if rounds:
        play.to_the_end()
    lose_the_table(play)
    return FakeSession(play.world, judge=leveled_judge)


def test_without_yes_what_is_absent_is_told_and_nothing_is_written() -> None:
    session = lost(rounds=20)
    shown = typed(session, "rebuild")
    assert shown.exit_code == 0
    assert f"Absent: run {RUN_ID} (completed): its record; rehearsal, full run" in shown.stdout
    assert "finetune-guard rebuild --yes" in shown.stdout
    assert session.world.store.rows == {}


def test_with_yes_it_is_written_and_it_is_said_what_could_not_be_had_again() -> None:
    session = lost(rounds=20)
    shown = typed(session, "rebuild", RUN_ID, "--yes")
    assert shown.exit_code == 0
    assert session.world.store.run(RUN_ID).status is RunStatus.COMPLETED
    for part in ("Written: run", "mails", "answers", "kill switch", "resume RUN"):
        assert part in shown.stdout


def test_json_gives_one_object() -> None:
    (line,) = typed(lost(), "rebuild", "--json").stdout.splitlines()
    assert json.loads(line) == {
        "schema_version": 1,
        "written": False,
        "runs": [{"run_id": RUN_ID, "run": True, "jobs": ["rehearsal-0-0"]}],
        "base_models": [],
        "whole": 0,
        "left_out": [],
    }


def test_a_run_that_cannot_be_rebuilt_is_named_on_stderr_and_the_exit_code_says_so() -> None:
    session = lost()
    session.world.journal.keep(run_key("bad-0123456789"), b'{"secret', "application/json")
    shown = typed(session, "rebuild", "--yes")
    assert shown.exit_code == 1
    assert "Left out: bad-0123456789" in shown.stderr
    assert "secret" not in shown.output
    assert session.world.store.run(RUN_ID).run_id == RUN_ID


def test_where_nothing_is_absent_nothing_else_is_said() -> None:
    session = FakeSession(begun(ONE_JOB).world, judge=leveled_judge)
    assert typed(session, "rebuild").stdout.strip() == "1 run has all its records."
    assert typed(FakeSession(World()), "rebuild").exit_code == 0


def test_a_record_that_cannot_be_read_is_left_and_named() -> None:
    session = lost()
    session.world.store.rows["RUN", RUN_ID] = Row("{", 1, ("", ""))
    shown = typed(session, "rebuild", "--yes")
    assert shown.exit_code == 1
    assert "delete the item" in shown.stderr
    assert session.world.store.rows["RUN", RUN_ID].text == "{"
