"""A question to a person: written on the run, told by mail, answered at a terminal."""

from dataclasses import replace
from datetime import datetime, timedelta

from finetune_guard.core.alerts import Alert, AlertKind, alert_id, body, subject_line
from finetune_guard.core.decisions import Reply
from finetune_guard.core.findings import Severity
from finetune_guard.core.moves import Asked
from finetune_guard.core.runs import Question, Run
from finetune_guard.core.spending import dollars, spent_by


def with_question(run: Run, asked: Asked, now: datetime) -> Run:
    """The run with the question on it; its time begins now."""
    until = now + timedelta(hours=asked.hours)
    question = Question(asked.about, asked.decision.reason, now, until, asked.default)
    return replace(run, questions=(*run.questions, question))


def open_question(run: Run) -> Question | None:
    """The question that waits for an answer; None where there is none."""
    unanswered = (question for question in run.questions if question.reply is None)
    return None if run.ended else next(unanswered, None)


def answered(run: Run, question: Question, reply: Reply, now: datetime) -> Run:
    """The run with a person's answer."""
    told = replace(question, reply=reply, replied_at=now)
    questions = tuple(told if each.about == question.about else each for each in run.questions)
    return replace(run, questions=questions)


def question_words(question: Question) -> str:
    """The question and what became of it, for a person."""
    asked = f"Asked {question.asked_at:%Y-%m-%d %H:%M} UTC: {question.sentence}"
    if question.reply and question.replied_at:
        return f"{asked}\nAnswered {question.replied_at:%Y-%m-%d %H:%M} UTC: {question.reply}."
    return f"{asked}\nWithout an answer until {question.until:%Y-%m-%d %H:%M} UTC: {question.default}."


def how_to_answer(run_id: str) -> str:
    """The two commands, a line each."""
    command = f"finetune-guard answer {run_id}"
    return f"To go on with the full run:  {command} proceed\nTo end it here:              {command} refuse"


def question_alert(run: Run, question: Question) -> Alert:
    """The mail that asks: what, why, what it would cost, how to answer, what follows without an answer."""
    paragraphs = (
        f"Run {run.run_id} waits for you.\n{question.sentence}",
        *_next_job(run),
        how_to_answer(run.run_id),
        f"Nothing runs and nothing is billed meanwhile. Without an answer until "
        f"{question.until:%Y-%m-%d %H:%M} UTC: {question.default}.",
        f"What was seen so far: finetune-guard report {run.run_id}",
        "Finetune Guard",
    )
    return Alert(
        alert_id=alert_id(run.run_id, question.about, AlertKind.QUESTION),
        kind=AlertKind.QUESTION,
        severity=Severity.WARNING,
        run_id=run.run_id,
        job=question.about,
        subject=subject_line(f"YOUR ANSWER IS WANTED: {run.job_name}"),
        text=body("\n\n".join(paragraphs) + "\n"),
        created_at=question.asked_at,
    )


def _next_job(run: Run) -> tuple[str, ...]:
    """What the full run would cost, beside what was spent; nothing where no price is known."""
    full = run.plan.full if run.plan else None
    spent = spent_by(run).usd
    if full is None or full.estimated_usd is None or spent is None:
        return ()
    return (
        f"The full run would cost about {dollars(full.estimated_usd)}; about {dollars(spent)} was spent.",
    )
