"""Which models of a run are needed, and which one is its result when it ends before its time."""

from dataclasses import replace
from datetime import datetime, timedelta

from finetune_guard.core.decisions import RunStatus
from finetune_guard.core.jobs import JobRecord, JobStatus
from finetune_guard.core.moves import Passed
from finetune_guard.core.plans import Stage
from finetune_guard.core.rehearsing import rehearse
from finetune_guard.core.runs import Run
from finetune_guard.core.segmenting import Progress, progress

#: A run that failed, or was ended by a person, may be resumed: what it would start from is kept so long.
RESUMABLE = timedelta(days=7)


def survey(run: Run, now: datetime) -> Progress | None:
    """How far the segments have come, by the jobs that are closed; None where there is no segment."""
    plan = run.plan
    if plan is None or plan.segments is None or plan.full is None:
        return None
    closed = replace(run, jobs=tuple(job for job in run.jobs if job.closed))
    rehearsed = rehearse(closed, plan, now).move
    if not isinstance(rehearsed, Passed):
        return None
    return progress(closed, plan, plan.segments, plan.full, rehearsed)


def best_so_far(run: Run, now: datetime) -> str:
    """Short key of the job whose model is kept when the run ends now; "" where there is none."""
    found = survey(run, now)
    return found.best.key.short if found and found.best and found.best.model else ""


def needed(run: Run, job: JobRecord, now: datetime) -> bool:
    """Whether a throw-away model must stay: it is the result, or a job may still start from it."""
    if run.kept == job.key.short:
        return True
    if run.ended and not _may_be_resumed(run, now):
        return False
    if job.key.stage is Stage.PROBE:
        return False
    found = survey(run, now)
    if found is None and job.key.segment:
        return True
    if found and job.key in [each.key for each in (found.best, *found.accepted[-1:]) if each]:
        return True
    return job.key.stage is Stage.REHEARSAL and _waits_for_its_first_segment(run, found)


def is_result_for_good(run: Run, job: JobRecord, now: datetime) -> bool:
    """Whether the model is what an ended run is left with, and no other is kept for taking the run up."""
    return run.ended and run.kept == job.key.short and not _may_be_resumed(run, now)


def _may_be_resumed(run: Run, now: datetime) -> bool:
    """A completed run has nothing left to do; a refused one only what Bedrock refused to create."""
    if run.status is RunStatus.COMPLETED:
        return False
    accident = run.status in (RunStatus.FAILED, RunStatus.STOPPED)
    if not accident and all(job.status is not JobStatus.REFUSED for job in run.jobs):
        return False
    return run.ended_at is not None and now < run.ended_at + RESUMABLE


def _waits_for_its_first_segment(run: Run, found: Progress | None) -> bool:
    """Whether a probe, or the second segment, is still to be started from the rehearsal's model."""
    if run.plan is None or run.plan.segments is None or run.standing(Stage.FULL):
        return False
    probed = any(job.status is JobStatus.COMPLETED for job in run.standing(Stage.PROBE))
    return not probed and (found is None or len(found.accepted) < 2)
