"""What `answer` does: writes the answer down, or says why there is nothing to answer."""

from datetime import datetime
from typing import TypedDict

from finetune_guard.cli import phrases
from finetune_guard.cli.ending import come_back
from finetune_guard.cli.session import Session
from finetune_guard.cli.terminal import EXIT, Terminal
from finetune_guard.core.asking import question_words
from finetune_guard.core.decisions import Reply
from finetune_guard.core.runs import Question, Run
from finetune_guard.usecases.answer_run import Answered, AnswerTools, answer_run


class AnswerResult(TypedDict):
    """The object of `answer --json`; the question is null where the run asks nothing."""

    schema_version: int
    run_id: str
    accepted: bool
    reply: str
    question: str | None
    until: datetime | None


def answer_here(run_id: str, reply: Reply, session: Session, terminal: Terminal) -> int:
    """Answers the run; returns the exit code, 3 where the answer changes nothing.

    Raises:
        NotFoundError: No such run.
        StaleRecordError: Others wrote the run at every try; answer again.
    """
    tools = AnswerTools(session.store(), session.clock())
    given = answer_run(run_id, reply, tools)
    if given.accepted:
        terminal.say(f"Answered: {reply}. The watch sees it at its next look, within a minute or two.")
        terminal.say(come_back(run_id))
    else:
        terminal.say(_nothing_to_answer(tools.store.run(run_id), given.question))
    terminal.emit(_result(run_id, reply, given))
    return EXIT.fine if given.accepted else EXIT.no


def _nothing_to_answer(run: Run, late: Question | None) -> str:
    if late:
        over = f"The time for an answer was over {phrases.moment(late.until)}"
        return f"{over}; the run goes by its default: {late.default}. Nothing was changed."
    before = f"\n{question_words(run.questions[-1])}" if run.questions else ""
    if run.ended:
        return f"Run {run.run_id} is over ({run.status}); it asks nothing.{before}"
    return f"Run {run.run_id} asks nothing now.{before}"


def _result(run_id: str, reply: Reply, given: Answered) -> AnswerResult:
    question = given.question
    return AnswerResult(
        schema_version=1,
        run_id=run_id,
        accepted=given.accepted,
        reply=reply.value,
        question=question.sentence if question else None,
        until=question.until if question else None,
    )
