"""Records: decisions are only appended, and what has ended stays so."""

from collections.abc import Iterator

from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.runs import Run
from tests.simulation.effects import Effect
from tests.simulation.night import Night


def decisions_are_only_appended(night: Night, effect: Effect) -> Iterator[str]:
    run, before = effect.answer, effect.before
    if not isinstance(run, Run) or not isinstance(before, Run):
        return
    if run.decisions[: len(before.decisions)] != before.decisions:
        yield f"{run.run_id} lost or changed a decision."


def questions_and_answers_stay(night: Night, effect: Effect) -> Iterator[str]:
    run, before = effect.answer, effect.before
    if not isinstance(run, Run) or not isinstance(before, Run):
        return
    for question in before.questions:
        now = run.asked(question.about)
        if now is None or (question.reply is not None and now != question):
            yield f"{run.run_id} lost the question about {question.about}, or its answer."


def a_run_that_ended_stays_so(night: Night, effect: Effect) -> Iterator[str]:
    """Only a person who takes it up again opens it: the attempt rises."""
    run, before = effect.answer, effect.before
    if not isinstance(run, Run) or not isinstance(before, Run) or not before.ended:
        return
    if run.attempt == before.attempt and (run.status, run.ended_at, run.kept) != (
        before.status,
        before.ended_at,
        before.kept,
    ):
        was, now = (f"{each.status} keeping {each.kept!r}" for each in (before, run))
        yield f"{run.run_id} had ended as {was}; now it is {now}."


def a_job_that_ended_stays_so(night: Night, effect: Effect) -> Iterator[str]:
    """But an intent that was given up is opened again if its job is there after all."""
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not isinstance(before, JobRecord) or not before.terminal:
        return
    given_up = before.status is JobStatus.REFUSED and before.arn is None and job.arn is not None
    reopened = job.status is not before.status or (before.closed and not job.closed)
    if reopened and not given_up:
        yield f"{effect.about} had ended as {before.status}; now it is {job.status}."


def an_order_to_stop_stays(night: Night, effect: Effect) -> Iterator[str]:
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not isinstance(before, JobRecord) or before.stop is None:
        return
    if job.stop is None or job.stop.decided_at != before.stop.decided_at:
        yield f"{effect.about} lost its order to stop."


PROMISES = {
    "store.save_run": (decisions_are_only_appended, questions_and_answers_stay, a_run_that_ended_stays_so),
    "store.save_job": (a_job_that_ended_stays_so, an_order_to_stop_stays),
}
