"""Data: what was visible is durable, and durable before anything is made of it (docs/architecture.md; I2)."""

from collections.abc import Iterator
from datetime import timedelta

from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.journal_keys import metric_file_key
from finetune_guard.core.next_action import WaitForJobs, next_action
from tests.simulation.effects import Effect
from tests.simulation.night import Night

#: Files of a completed job are waited for this long (docs/architecture.md).
FILES_DUE = timedelta(minutes=15)


def what_a_record_has_seen_is_in_the_journal(night: Night, effect: Effect) -> Iterator[str]:
    """A stop is called after the record is written, so before any stop too."""
    job = effect.answer
    if not isinstance(job, JobRecord):
        return
    for sighting in job.sightings:
        if (
            metric_file_key(job.request.job_name, sighting.key, sighting.etag)
            not in night.world.journal.objects
        ):
            yield f"{effect.about} has seen {sighting.key} with {sighting.size} bytes; the journal has not."


def a_wait_is_ended_when_there_is_something_to_decide(night: Night, effect: Effect) -> Iterator[str]:
    """By what is written: jobs that are closed, with their verdict. Only the stored wait is ended."""
    if effect.answer is not True or effect.process is None:
        return
    token = effect.given[0]
    run = next((run for run in night.runs.values() if run.wait and run.wait.token == token), None)
    if run is None:
        yield f"{token} was completed, and no run waits on it."
        return
    whole = night.whole(run.run_id)
    if isinstance(next_action(whole, effect.at + night.offs[effect.process.role]), WaitForJobs):
        yield f"{token} was completed, and {run.run_id} has nothing to decide."


def files_that_are_owed_are_waited_for(night: Night, effect: Effect) -> Iterator[str]:
    """A completed job is not closed without a curve before its files are due, whatever a clock says."""
    job, before = effect.answer, effect.before
    if not isinstance(job, JobRecord) or not isinstance(before, JobRecord) or before.closed or not job.closed:
        return
    if job.status is not JobStatus.COMPLETED or job.seen.rows:
        return
    ended = night.ended.get(job.arn or "")
    if ended is not None and effect.at < ended + FILES_DUE - timedelta(minutes=1):
        yield f"{effect.about} was closed without a curve {effect.at - ended} after its end."


PROMISES = {
    "store.save_job": (what_a_record_has_seen_is_in_the_journal, files_that_are_owed_are_waited_for),
    "workflow.complete": (a_wait_is_ended_when_there_is_something_to_decide,),
}
