from dataclasses import replace

import pytest

from finetune_guard.core.alerts import AlertKind
from finetune_guard.core.decisions import Decision, DecisionKind, OnInconclusive, RunStatus
from finetune_guard.core.errors import NotFoundError
from finetune_guard.core.moves import Judged
from finetune_guard.core.runs import Problem
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.advance import Advanced, AdvanceTools, advance, with_decisions
from tests.builders import START, completed, plan, run, running, segmented
from tests.fakes.world import World
from tests.playing import played

PROBLEM = Problem("HP001", "error", "base_model_id", "x", "cannot be tuned.", "", "docs")


@pytest.fixture
def world() -> World:
    return World()


def ask(world: World) -> Advanced:
    return advance(run().run_id, AdvanceTools(world.store, world.clock))


def test_a_new_run_is_told_to_create(world: World) -> None:
    world.store.add_run(run())
    assert ask(world).action == "create"


def test_a_run_with_an_open_job_is_told_to_wait(world: World) -> None:
    world.store.add_run(run())
    world.store.add_job(running())
    assert ask(world).action == "wait"


def test_the_decision_about_a_rehearsal_is_written_down_once(world: World) -> None:
    world.store.add_run(run())
    world.store.add_job(completed())
    assert ask(world).action == ask(world).action == "create"
    (decided,) = world.store.run(run().run_id).decisions
    assert (decided.about, decided.decision.policy) == ("rehearsal-0-0", "rehearsal.healthy")


def test_a_refused_config_ends_the_run_and_says_so_again_when_asked_again(world: World) -> None:
    world.store.add_run(run(problems=(PROBLEM,), plan=None))
    assert ask(world) == ask(world) == Advanced(run().run_id, "finish", "refused")
    stored = world.store.run(run().run_id)
    assert (stored.status, stored.ended_at) == (RunStatus.REFUSED, world.clock.now())
    assert len(stored.decisions) == 1


def test_a_run_that_nobody_knows_is_an_error(world: World) -> None:
    with pytest.raises(NotFoundError):
        ask(world)


def test_a_part_that_is_decided_on_anew_after_a_resume_is_told_anew() -> None:
    none, chosen = (Decision(DecisionKind.REFUSE, line, "Why.") for line in ("sweep.none", "sweep.chosen"))
    told = with_decisions(run(), (Judged("rehearsal", none),), START)
    again = with_decisions(told, (Judged("rehearsal", none), Judged("rehearsal", chosen)), START)
    assert [decided.decision.policy for decided in again.decisions] == ["sweep.none", "sweep.chosen"]
    assert with_decisions(again, (Judged("rehearsal", chosen),), START) is again


def test_the_model_that_is_kept_is_named_by_the_write_that_ends_the_run(world: World) -> None:
    story = played(run(plan=segmented(2)))
    world.store.add_run(replace(story.run, jobs=()))
    for job in story.run.jobs:
        world.store.add_job(job)
    assert ask(world) == Advanced(run().run_id, "finish", "completed")
    stored = world.store.run(run().run_id)
    assert (stored.status, stored.kept) == (RunStatus.COMPLETED, "segment-2-0-0")
    assert (world.store.calls.count("save_run"), world.store.calls.count("save_job")) == (1, 0)


def test_a_question_is_mailed_and_written_down_once(world: World) -> None:
    world.store.add_run(run(plan=plan(on_inconclusive=OnInconclusive.ASK)))
    world.store.add_job(completed(verdict=VerdictKind.INCONCLUSIVE))
    assert ask(world).action == ask(world).action == "wait"
    stored = world.store.run(run().run_id)
    assert [question.about for question in stored.questions] == ["rehearsal-0-0"]
    assert [decided.decision.policy for decided in stored.decisions] == ["rehearsal.inconclusive.ask"]
    assert [alert.kind for alert in world.store.alerts(run().run_id)] == [AlertKind.QUESTION]
