import json
from dataclasses import replace

from finetune_guard.core.decisions import Reply, RunStatus
from finetune_guard.core.runs import Run
from tests import builders, example_runs
from tests.cli.session import FakeSession, typed
from tests.fakes.world import World

ASKING = example_runs.asking()


def kept(run: Run) -> FakeSession:
    world = World()
    world.store.add_run(replace(run, jobs=()))
    for job in run.jobs:
        world.store.add_job(job)
    return FakeSession(world)


def test_an_answer_is_written_to_the_run() -> None:
    session = kept(ASKING)
    result = typed(session, "answer", ASKING.run_id, "proceed")
    assert result.exit_code == 0
    assert "Answered: proceed" in result.stdout
    assert f"finetune-guard report {ASKING.run_id} --follow" in result.stdout
    assert session.world.store.run(ASKING.run_id).questions[0].reply is Reply.PROCEED


def test_json_has_the_question_and_whether_the_answer_counts() -> None:
    told = json.loads(typed(kept(ASKING), "answer", ASKING.run_id, "refuse", "--json").stdout)
    assert (told["accepted"], told["reply"], told["until"]) == (True, "refuse", "2026-11-25T13:00:00Z")
    assert told["question"].startswith("Only 6 rows.")


def test_a_run_that_asks_nothing_says_so() -> None:
    result = typed(kept(builders.run()), "answer", builders.run().run_id, "proceed")
    assert result.exit_code == 3
    assert "asks nothing now" in result.stdout


def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    session = kept(ASKING)
    session.world.clock.advance(hours=30)
    result = typed(session, "answer", ASKING.run_id, "proceed")
    assert result.exit_code == 3
    assert "The time for an answer was over 2026-11-25 13:00 UTC" in result.stdout
    assert "default: refuse" in result.stdout
    assert session.world.store.run(ASKING.run_id).questions[0].reply is None


def test_a_second_answer_is_told_the_first() -> None:
    session = kept(ASKING)
    typed(session, "answer", ASKING.run_id, "refuse")
    result = typed(session, "answer", ASKING.run_id, "proceed")
    assert result.exit_code == 3
    assert "Answered 2026-11-24 12:00 UTC: refuse." in result.stdout


def test_a_run_that_is_over_asks_nothing() -> None:
    run = builders.run(status=RunStatus.REFUSED, ended_at=builders.later(hours=1))
    assert "is over (refused)" in typed(kept(run), "answer", run.run_id, "proceed").stdout


def test_another_word_is_no_answer() -> None:
    assert typed(kept(ASKING), "answer", ASKING.run_id, "yes").exit_code == 2


def test_a_run_that_is_not_there_is_a_failure() -> None:
    assert typed(FakeSession(World()), "answer", "nobody", "proceed").exit_code == 1
