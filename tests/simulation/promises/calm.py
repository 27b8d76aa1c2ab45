"""No process fails by a mistake, and after some calm hours everything is quiet."""

from collections.abc import Iterator

from finetune_guard.core.alerts import AlertKind, alert_id
from finetune_guard.core.asking import open_question
from tests.simulation.effects import Effect
from tests.simulation.night import Night

ENDS = (AlertKind.RUN_COMPLETED, AlertKind.RUN_REFUSED, AlertKind.RUN_STOPPED, AlertKind.RUN_FAILED)


def every_run_has_ended(night: Night, effect: Effect) -> Iterator[str]:
    """Or it asks a person who has time left to answer."""
    for run in night.runs.values():
        if not run.ended and open_question(run) is None:
            yield f"{run.run_id} goes on: {run.wait}, aborted {run.aborted}, {len(run.decisions)} decisions."


def every_end_is_told(night: Night, effect: Effect) -> Iterator[str]:
    """By a report, and by a mail of the attempt that ended; execution or watch, whoever lives to do it."""
    for run in night.runs.values():
        mails = {alert_id(run.run_id, "", kind, str(run.attempt or "")) for kind in ENDS}
        if run.ended and not (run.told and mails & night.alerts.keys()):
            yield f"{run.run_id} ended as {run.status}, aborted {run.aborted}; report {run.report_uri!r}."


def every_job_is_closed(night: Night, effect: Effect) -> Iterator[str]:
    for key, written in night.jobs.items():
        if not written.job.closed:
            yield f"{key.run_id} {key.short} is open as {written.job.status}."


def nothing_runs_in_the_service(night: Night, effect: Effect) -> Iterator[str]:
    for arn in night.created:
        job = night.world.jobs.described.get(arn)
        if job is not None and job.status in ("InProgress", "Stopping"):
            yield f"{job.name} is {job.status}."


def no_process_fails_by_a_mistake(night: Night, effect: Effect) -> Iterator[str]:
    """A process may fail by an error of core/errors.py, which says what to do, and by no other."""
    yield from night.mistakes
    night.mistakes.clear()


PROMISES = {
    "step": (no_process_fails_by_a_mistake,),
    "end": (every_run_has_ended, every_end_is_told, every_job_is_closed, nothing_runs_in_the_service),
}
