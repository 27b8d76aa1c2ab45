from dataclasses import replace

import pytest

from finetune_guard.core.decisions import OnInconclusive, Reply, RunStatus
from finetune_guard.core.errors import NotFoundError, StaleRecordError
from finetune_guard.core.verdict import VerdictKind
from finetune_guard.usecases.advance import AdvanceTools, advance
from finetune_guard.usecases.answer_run import TRIES, Answered, AnswerTools, answer_run
from tests.builders import completed, plan, run
from tests.fakes.seam import Faults
from tests.fakes.world import World

ASKING = run(plan=plan(on_inconclusive=OnInconclusive.ASK))


@pytest.fixture
def world() -> World:
    """A run that has just asked; it waits for a day."""
    made = World()
    made.store.add_run(ASKING)
    made.store.add_job(completed(verdict=VerdictKind.INCONCLUSIVE))
    advance(ASKING.run_id, AdvanceTools(made.store, made.clock))
    return made


def answer(world: World, reply: Reply = Reply.PROCEED) -> Answered:
    return answer_run(ASKING.run_id, reply, AnswerTools(world.store, world.clock))


def replies(world: World) -> list[Reply | None]:
    return [question.reply for question in world.store.run(ASKING.run_id).questions]


@pytest.mark.parametrize("reply", list(Reply))
def test_an_answer_is_written_on_the_run(world: World, reply: Reply) -> None:
    world.clock.advance(hours=3)
    told = answer(world, reply)
    assert told.accepted
    assert told.question is not None
    (question,) = world.store.run(ASKING.run_id).questions
    assert (question.reply, question.replied_at) == (reply, world.clock.now())


def test_the_run_then_goes_on_or_ends_as_was_answered(world: World) -> None:
    answer(world, Reply.PROCEED)
    assert advance(ASKING.run_id, AdvanceTools(world.store, world.clock)).action == "create"


def test_a_second_answer_changes_nothing(world: World) -> None:
    answer(world, Reply.REFUSE)
    assert answer(world, Reply.PROCEED) == Answered(None, accepted=False)
    assert replies(world) == [Reply.REFUSE]


def test_an_answer_that_comes_too_late_is_not_taken(world: World) -> None:
    world.clock.advance(hours=24)
    told = answer(world)
    assert not told.accepted
    assert told.question is not None
    assert replies(world) == [None]


def test_a_run_that_asks_nothing_takes_no_answer() -> None:
    plain = World()
    plain.store.add_run(run())
    assert answer(plain) == Answered(None, accepted=False)


def test_a_run_that_is_over_takes_no_answer(world: World) -> None:
    world.store.save_run(replace(world.store.run(ASKING.run_id), status=RunStatus.STOPPED))
    assert answer(world) == Answered(None, accepted=False)


def test_an_answer_is_written_although_others_write_the_run_meanwhile(world: World) -> None:
    stale = [StaleRecordError("somebody else") for _ in range(TRIES - 1)]
    world.seam.interrupt = Faults().add("store.save_run", *stale)
    assert answer(world).accepted
    assert replies(world) == [Reply.PROCEED]


def test_where_others_write_at_every_try_the_answer_is_not_said_to_be_taken(world: World) -> None:
    stale = [StaleRecordError("somebody else") for _ in range(TRIES)]
    world.seam.interrupt = Faults().add("store.save_run", *stale)
    with pytest.raises(StaleRecordError):
        answer(world)
    assert replies(world) == [None]


def test_an_answer_to_a_run_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(NotFoundError):
        answer(World())
