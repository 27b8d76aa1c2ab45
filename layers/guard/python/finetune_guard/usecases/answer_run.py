"""A person's answer to a run that asks: written on the run, read by whoever decides next."""

from dataclasses import dataclass

from finetune_guard.core.asking import answered, open_question
from finetune_guard.core.decisions import Reply
from finetune_guard.core.errors import StaleRecordError
from finetune_guard.core.runs import Question
from finetune_guard.ports import Clock, RunStore

#: Ticks and steps write the same item a few times a minute at most.
TRIES = 8


@dataclass(frozen=True, slots=True)
class AnswerTools:
    """What answering needs of the world."""

    store: RunStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer.

    Attributes:
        question: The question; None where the run asks nothing.
        accepted: Whether the answer was written down: there was a question, and its time was not over.
    """

    question: Question | None
    accepted: bool


def answer_run(run_id: str, reply: Reply, tools: AnswerTools) -> Answered:
    """Answers the open question of a run.

    Raises:
        NotFoundError: No such run.
        StaleRecordError: Others wrote the run at every try; answer again.
    """
    for left in reversed(range(TRIES)):
        run, now = tools.store.run(run_id), tools.clock.now()
        question = open_question(run)
        if question is None or now >= question.until:
            return Answered(question, accepted=False)
        try:
            tools.store.save_run(answered(run, question, reply, now))
            return Answered(question, accepted=True)
        except StaleRecordError:
            if not left:
                raise
    raise AssertionError("The last try returns or raises.")
