"""How the jobs of a run are called, and in which order they stand, where people read of them."""

from finetune_guard.core.jobs import JobRecord
from finetune_guard.core.plans import Stage
from finetune_guard.core.runs import Run


def in_order(run: Run) -> tuple[JobRecord, ...]:
    """The jobs as people read them: by stage, segment, candidate and attempt."""
    return tuple(sorted(run.jobs, key=lambda job: job.key.place))


def job_words(run: Run, job: JobRecord) -> str:
    """Which job of the run this is.

    Such as "rehearsal, 2nd try", "rehearsal at 0.0003" in a sweep, or "segment 2 of 3".
    """
    if job.key.segment:
        return _with_count(run, job.key.told, job.key.words)
    rate = rate_words(run, job)
    if job.key.stage is Stage.REHEARSAL and run.plan and run.plan.sweep and rate:
        return f"rehearsal at {rate}" + (", resumed" if job.key.attempt else "")
    return job.key.told


def _with_count(run: Run, told: str, words: str) -> str:
    """The count of the segments beside their number, as in "segment 2 of 3, resumed"."""
    segments = run.plan.segments if run.plan else None
    return told.replace(words, f"{words} of {len(segments.parts)}", 1) if segments else told


def rate_words(run: Run, job: JobRecord) -> str:
    """The rate that the job was sent, else the one that the base takes by itself; "" where it has none."""
    rate = run.plan.learning_rate if run.plan else None
    return job.request.hyperparameters.get(rate.key, f"{rate.value:f}") if rate else ""
