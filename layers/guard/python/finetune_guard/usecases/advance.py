"""The `Next` state: reads the run, asks what it does next, writes down what was decided."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from finetune_guard.core.asking import question_alert, with_question
from finetune_guard.core.decisions import DatedDecision
from finetune_guard.core.moves import Judged
from finetune_guard.core.next_action import Ask, Create, Finish, next_action
from finetune_guard.core.reporting import result_of
from finetune_guard.core.runs import Run
from finetune_guard.ports import Clock, RunStore


@dataclass(frozen=True, slots=True)
class AdvanceTools:
    """What `advance` needs of the world."""

    store: RunStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Advanced:
    """What the machine does next.

    Attributes:
        run_id: The run.
        action: Which way the machine's choice goes.
        outcome: How the run ended; "" unless it is over.
    """

    run_id: str
    action: Literal["create", "wait", "finish"]
    outcome: str = ""


def advance(run_id: str, tools: AdvanceTools) -> Advanced:
    """Decides what a run does next; the same record gives the same answer, however often it is asked.

    Raises:
        NotFoundError: No such run.
        StaleRecordError: Somebody wrote the run in between; ask again.
    """
    run = tools.store.run(run_id)
    if run.ended:
        return Advanced(run_id, "finish", result_of(run).outcome)
    now = tools.clock.now()
    action = next_action(run, now)
    if isinstance(action, Finish):
        ended = tools.store.save_run(finished(run, action, now))
        return Advanced(run_id, "finish", result_of(replace(ended, jobs=run.jobs)).outcome)
    if isinstance(action, Create):
        _remember(run, action.judged, now, tools.store)
        return Advanced(run_id, "create")
    if isinstance(action, Ask):
        _ask(run, action, now, tools.store)
    return Advanced(run_id, "wait")


def finished(run: Run, action: Finish, now: datetime) -> Run:
    """The run, ended as `action` says, with every decision that led there."""
    decided = with_decisions(run, action.judged, now)
    last = decided.decisions[-1].decision if decided.decisions else None
    if last != action.decision:
        about_run = DatedDecision(action.decision, "run", now)
        decided = replace(decided, decisions=(*decided.decisions, about_run))
    return replace(decided, status=action.status, ended_at=now, wait=None, kept=action.kept)


def with_decisions(run: Run, judged: tuple[Judged, ...], now: datetime) -> Run:
    """The run with the decisions that are not yet on it; after a resume a part may be decided on anew."""
    known = {(dated.about, dated.decision.policy) for dated in run.decisions}
    fresh = tuple(
        DatedDecision(item.decision, item.about, now)
        for item in judged
        if (item.about, item.decision.policy) not in known
    )
    return replace(run, decisions=run.decisions + fresh) if fresh else run


def _remember(run: Run, judged: tuple[Judged, ...], now: datetime, store: RunStore) -> None:
    decided = with_decisions(run, judged, now)
    if decided is not run:
        store.save_run(decided)


def _ask(run: Run, action: Ask, now: datetime, store: RunStore) -> None:
    """Tells a person once, then writes the question down: an answer is waited for from then on."""
    if run.asked(action.asked.about):
        return
    asked = with_question(with_decisions(run, action.judged, now), action.asked, now)
    store.add_alert(question_alert(run, asked.questions[-1]))
    store.save_run(asked)
