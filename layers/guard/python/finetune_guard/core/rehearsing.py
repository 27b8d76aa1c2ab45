"""The rehearsal's move: one candidate, its retry at a third, a question to a person, or a sweep."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from finetune_guard.core.decisions import Decision, DecisionKind, Reply
from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.moves import Asked, Candidate, Ended, Judged, Moved, Passed, Try
from finetune_guard.core.plans import LearningRate, Plan, StagePlan
from finetune_guard.core.policy import CARRY_ON, decide, lowered, status_of
from finetune_guard.core.runs import Question, Run
from finetune_guard.core.sweep_move import sweep


def rehearse(run: Run, plan: Plan, now: datetime) -> Moved:
    """What the rehearsal wants next; passed at once where the run has none.

    Args:
        run: The run with all its jobs, none of them open.
        plan: Its plan.
        now: UTC; bounds the waiting for an answer.
    """
    if plan.rehearsal is None:
        return Moved(Passed(plan.learning_rate))
    jobs = run.standing(plan.rehearsal.stage)
    if plan.sweep and plan.learning_rate:
        return sweep(run, plan, plan.rehearsal, plan.learning_rate)
    if not jobs:
        return Moved(Try(plan.rehearsal, (Candidate(0, plan.learning_rate),)))
    return _judged(run, plan, plan.rehearsal, jobs, now)


def _judged(run: Run, plan: Plan, stage: StagePlan, jobs: tuple[JobRecord, ...], now: datetime) -> Moved:
    judged = tuple(Judged(job.key.short, decide(plan, job)) for job in jobs)
    job, decision = jobs[-1], judged[-1].decision
    rate = rate_of(plan, job)
    if decision.kind is DecisionKind.ASK:
        return _asked(run, plan, job, judged, now)
    if decision.kind is DecisionKind.RETRY_LOWER and rate:
        return Moved(Try(stage, (Candidate(job.key.candidate + 1, lowered(rate)),)), judged)
    if decision.kind not in CARRY_ON:
        return Moved(Ended(decision, status_of(job, decision)), judged)
    return Moved(Passed(rate, job), judged)


def rate_of(plan: Plan, job: JobRecord) -> LearningRate | None:
    """The rate that a rehearsal ran at: what it was sent, else the family's default in the plan."""
    rate = plan.learning_rate
    if rate is None:
        return None
    return replace(rate, value=Decimal(job.request.hyperparameters.get(rate.key, str(rate.value))))


def _asked(run: Run, plan: Plan, job: JobRecord, judged: tuple[Judged, ...], now: datetime) -> Moved:
    about = job.key.short
    question = run.asked(about)
    if question is None or (question.reply is None and now < question.until):
        return Moved(Asked(about, judged[-1].decision, plan.ask.hours, plan.ask.default), judged)
    answer = _answer(question)
    told = (*judged, Judged(f"{about}.answer", answer))
    if answer.kind in CARRY_ON:
        return Moved(Passed(rate_of(plan, job), job), told)
    return Moved(Ended(answer, status_of(job, answer)), told)


def _answer(question: Question) -> Decision:
    """What follows from an answer, or from there being none in time."""
    reply = question.reply or question.default
    who = (
        "A person answered"
        if question.reply
        else f"Nobody answered until {question.until:%Y-%m-%d %H:%M} UTC"
    )
    line = "answered" if question.reply else "unanswered"
    reason = f"{who}: {reply}." if question.reply else f"{who}; by default: {reply}."
    kind = DecisionKind.PROCEED_WITH_WARNING if reply is Reply.PROCEED else DecisionKind.REFUSE
    return Decision(kind, f"rehearsal.{line}.{reply}", reason)
